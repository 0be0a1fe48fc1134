import { cut } from './cut';

/** A name that a file gives (of a column, a sheet) as a sentence can hold it: in one line, not long, and without what could be somebody's number. */
export function shown(name: string): string {
  const line = name.replace(/[\p{Cc}\s]+/gu, ' ').replace(/\p{Nd}([^\p{L}\p{Nd}]*\p{Nd}){6,}/gu, '[number]');
  return cut(line.trim(), 40);
}
