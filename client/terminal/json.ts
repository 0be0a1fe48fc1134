/** Writes one line of JSON to stdout, which is for results. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
