/** What a token allows: a reader sees campaigns; an operator also starts, halts and changes them. */
export type Role = 'reader' | 'operator';
const ROLES: readonly string[] = ['reader', 'operator'] satisfies Role[];

/** The holder of a token. */
export interface Holder {
  /** Shown to operators as the one who ordered something. */
  name: string;
  role: Role;
}

export const HOLDER_NAME = /[\w.@-]{1,60}/;
/** Whether a name is valid in the file of tokens. */
export const isHolderName = (name: string): boolean => new RegExp(`^${HOLDER_NAME.source}$`).test(name);

export function isRole(word: string | undefined): word is Role {
  return word !== undefined && ROLES.includes(word);
}
