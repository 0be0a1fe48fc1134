import type { Writable } from 'node:stream';
import { errorCode } from '../../storage/error-code';

/** What writing fails with once nobody reads any more; the second where the stream is closed by then. */
const LEFT: readonly unknown[] = ['EPIPE', 'ERR_STREAM_DESTROYED'];

/**
 * Writes content until its reader leaves, as `head` does, and then still consumes the rest: the caller may count the rows as they pass, and
 * its exit code may depend on the count.
 * @param to stays open
 * @throws what the content or the writing fails with, but not that its reader has left
 */
export async function untilReaderLeaves(content: AsyncIterable<string | Buffer>, to: Writable): Promise<void> {
  // Told to whoever writes, too; it may be heard here only after that.
  to.on('error', () => undefined);
  let isRead = true;
  for await (const chunk of content) {
    if (!isRead) continue;
    const failure = await new Promise<Error | null | undefined>((written) => to.write(chunk, written));
    if (failure && !LEFT.includes(errorCode(failure))) throw failure;
    isRead = !failure;
  }
}
