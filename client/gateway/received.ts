import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CheckedContacts, checkContacts } from '../campaign/check-contacts';
import { ContactsRefusedError } from '../errors';

/** A contacts file that has come in as a whole. */
export interface Received {
  /** SHA-256 of its bytes, in hex. */
  hash: string;
  /** What its rows came to, or why it is refused. */
  checked: CheckedContacts | ContactsRefusedError;
}

/**
 * Writes a contacts file to this machine's disk, and checks it while it streams by: what it takes of memory does not grow with it.
 * One that is refused is read to its end all the same, for many a client hears no answer before it has sent everything.
 * @throws what the source or the disk fails with; the file is then left unfinished
 */
export async function receive(
  campaignId: string,
  source: Readable,
  copy: string,
  asked: Parameters<typeof checkContacts>[2] = {},
): Promise<Received> {
  const hash = createHash('sha256');
  const judged = new PassThrough();
  const checking = checkContacts(campaignId, judged, asked).catch((error: unknown) => {
    if (error instanceof ContactsRefusedError) return error;
    throw error;
  });
  const checkOver = checking.then(
    () => judged.destroy(),
    () => judged.destroy(),
  );
  async function* passing(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      if (!judged.destroyed && !judged.write(chunk)) await Promise.race([once(judged, 'drain'), checkOver]);
      yield chunk;
    }
    judged.end();
  }
  try {
    await pipeline(source, passing, createWriteStream(copy));
  } catch (error) {
    judged.destroy(error as Error);
    await checkOver;
    throw error;
  }
  return { hash: hash.digest('hex'), checked: await checking };
}
