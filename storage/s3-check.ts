import { randomUUID } from 'node:crypto';
import { S3Storage } from './s3';
import { type S3Place, s3AddressOf } from './s3-address';
import { s3Client } from './s3-client';
import { StorageError, StorageUnusableError } from './storage';

/** How long a start waits for a sign of life, per attempt; of these there are two, and at most two requests in vain. */
const PATIENCE_MS = 4_000;

/**
 * Makes sure that a storage can do what a campaign will ask of it, before there is one: a small file is claimed, claimed
 * again, deleted and looked for. That the second claim finds the first is what "only one batch is ever scheduled" stands
 * on, and a server that does not know conditional writes would replace it without a word.
 * @throws StorageUnusableError
 */
export async function checkS3(place: S3Place, patienceMs = PATIENCE_MS): Promise<void> {
  const client = s3Client(patienceMs);
  const storage = new S3Storage(place, client);
  const probe = `.check-${randomUUID()}`;
  try {
    await storage.claim(probe, 'first');
    const told = await storage.claim(probe, 'second');
    await storage.delete(probe);
    // Without the right to list, S3 answers to a missing file that access is denied.
    await storage.size(probe);
    if (told !== 'first') throw new StorageUnusableError(unconditional(place));
  } catch (error) {
    if (error instanceof StorageError) throw new StorageUnusableError(error.message, { cause: error });
    throw error;
  } finally {
    client.destroy();
  }
}

function unconditional(place: S3Place): string {
  return `The object storage of ${s3AddressOf(place)} ignores If-None-Match, so nothing could keep two workers from scheduling two batches: use one that knows conditional writes.`;
}
