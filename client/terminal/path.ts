import { fileURLToPath } from 'node:url';

/** Files on this machine are named as people name them. */
export function asPath(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
}
