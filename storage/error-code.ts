/** The code of a system error (`ENOENT`, `ENOSPC` …). Told by its shape: an error of another realm is no `instanceof Error`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
