import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version of the package, which stands at its root wherever this file was compiled to. */
export function version(): string {
  for (let folder = __dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const text = contentOf(join(folder, 'package.json'));
    if (text !== undefined) return String((JSON.parse(text) as { version?: unknown }).version);
  }
  return 'unknown';
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
