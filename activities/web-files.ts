import { Readable } from 'node:stream';
import type { Outside } from '../egress/outside';

/** As much as the gateway takes. */
const MAX_BYTES = 2 ** 30;

/** Whether a file stands in the web, and not in the campaign storage. */
export function isWebAddress(address: string): boolean {
  return /^https?:\/\//i.test(address);
}

/** What a file of the web is called where people read it: what stands behind its path may be a secret. */
export function webFileName(address: string): string {
  if (!URL.canParse(address)) return 'of the web';
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname}`;
}

/** Opens a file of the web, of 1 GiB at most. See {@link Outside.get}. */
export type OpenWebFile = (address: string) => Promise<Readable>;

export function webFiles(outside: Outside, signal?: AbortSignal): OpenWebFile {
  return (address) => outside.get(address, MAX_BYTES, signal);
}

/**
 * The same, but what it fails with, at its opening or in its middle, is told in other words.
 * @param told gives what is thrown in place of an error
 */
export function retold(open: OpenWebFile, told: (error: unknown, address: string) => unknown): OpenWebFile {
  return async (address) => {
    const content = await open(address).catch((error: unknown) => {
      throw told(error, address);
    });
    async function* pieces(): AsyncGenerator<Buffer> {
      try {
        yield* content as AsyncIterable<Buffer>;
      } catch (error) {
        throw told(error, address);
      }
    }
    return Readable.from(pieces(), { objectMode: false });
  };
}
