/** The part used here; the package has no types of its own. */
declare module 'fs-native-extensions' {
  /** Takes an exclusive lock on the open file; false when another open file holds one. */
  export function tryLock(fd: number): boolean;
}
