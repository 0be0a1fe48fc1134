/** What whoever holds a token may do: look, or also start, halt and change. */
export type Role = 'reader' | 'operator';
const ROLES: readonly string[] = ['reader', 'operator'] satisfies Role[];

/** Whoever holds a token. */
export interface Holder {
  /** Shown where somebody asks who ordered something. */
  name: string;
  role: Role;
}

export const HOLDER_NAME = /[\w.@-]{1,60}/;
/** Whether somebody can be called so in the file. */
export const isHolderName = (name: string): boolean => new RegExp(`^${HOLDER_NAME.source}$`).test(name);

export function isRole(word: string | undefined): word is Role {
  return word !== undefined && ROLES.includes(word);
}
