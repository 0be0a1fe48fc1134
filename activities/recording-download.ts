import { isBolnaError } from '../bolna/errors';
import { AnswerError, ForbiddenAddressError, isOfNoUse, TooLargeError } from '../egress/errors';
import { bounded } from '../egress/outside';
import { endingOf, HEAD_BYTES } from '../storage/recording-files';
import type { ActivityContext } from './context';

/** An hour in stereo, as uncompressed as telephony has it, is 115 MB. */
const MAX_BYTES = 256 * 2 ** 20;
/** Of one recording in all. A link that is still good for a day must not hold a slot for it. */
const TIMEOUT_MS = 10 * 60_000;

/** Thrown for a recording that cannot be had; `message` says why, as a part of a sentence. */
export class RecordingMissingError extends Error {
  override readonly name = 'RecordingMissingError';
}

/** Thrown where a recording did not come this time; what the way there failed with is its `cause`. A storage's failure is none. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** A recording whose first bytes are there. */
export interface OpenRecording {
  /** What its file's name ends in, such as `mp3`. */
  ending: string;
  /** All of it, once. */
  content: AsyncGenerator<Buffer>;
  /** Ends the connection, however much was read. A content of which nothing was read would leave it open. */
  close(): void;
}

/**
 * Opens the recording behind an execution's `recording_url`, bounded in size and time. Bolna alone is sent the key; where it leads to is
 * asked as an address that a caller gives: public hosts only, each redirect checked.
 * @throws RecordingMissingError, DownloadError, or what `signal` is aborted with
 */
export async function openRecording(
  { bolna, outside }: Pick<ActivityContext, 'bolna' | 'outside'>,
  address: string,
  signal: AbortSignal,
): Promise<OpenRecording> {
  const late = AbortSignal.timeout(TIMEOUT_MS);
  const source = await told(signal, async () => {
    const { audio, link } = await bolna.recording(address, signal);
    return audio ? bounded(audio, 'Bolna', MAX_BYTES, late) : outside.get(link, MAX_BYTES, signal, TIMEOUT_MS);
  });
  const pieces = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first: Buffer[] = [];
  let next = await told(signal, () => pieces.next());
  while (!next.done) {
    first.push(next.value);
    if (Buffer.concat(first).length >= HEAD_BYTES) break;
    next = await told(signal, () => pieces.next());
  }
  const ending = endingOf(Buffer.concat(first).subarray(0, HEAD_BYTES));
  if (ending === undefined) {
    source.destroy();
    throw new RecordingMissingError(first.length === 0 ? 'it is empty' : 'what Bolna gave is no recording');
  }
  async function* content(): AsyncGenerator<Buffer> {
    yield* first;
    for (let piece = await told(signal, () => pieces.next()); !piece.done; ) {
      yield piece.value;
      piece = await told(signal, () => pieces.next());
    }
  }
  return { ending, content: content(), close: () => source.destroy() };
}

/** Says of a failure whether the recording is missing for good, or has not come this time. */
async function told<T>(signal: AbortSignal, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    signal.throwIfAborted();
    const why = missingFor(error);
    if (why !== undefined) throw new RecordingMissingError(why, { cause: error });
    throw new DownloadError('A recording did not come.', { cause: error });
  }
}

/** Why asking again is of no use; undefined where it may be. */
function missingFor(error: unknown): string | undefined {
  if (isBolnaError(error)) {
    if (error.kind === 'not-found') return 'Bolna has no recording of this call (404)';
    if (error.kind === 'refused') return `Bolna refused it (${error.status ?? 'no status'})`;
    // A wrong key is 401 and is waited for; with a good one, 403 says that recordings are not for it.
    if (error.kind === 'unauthorized' && error.status === 403) return 'the API key has no right to recordings (403)';
    return undefined;
  }
  if (error instanceof TooLargeError) return `it is larger than ${MAX_BYTES / 2 ** 20} MB`;
  if (error instanceof ForbiddenAddressError) return 'its link leads to an address that is not public';
  if (error instanceof AnswerError && isOfNoUse(error))
    return error.status === 403 ? 'its link has expired or is refused (403)' : `its link is answered ${error.status}`;
  return isOfNoUse(error) ? 'its link cannot be used' : undefined;
}
