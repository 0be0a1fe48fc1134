import type { Writable } from 'node:stream';
import { errorCode } from '../storage/error-code';

/** What a stream fails with when the one behind it is gone: a consequence, never a cause. */
const CONSEQUENCES = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

/** A file in the making. */
export interface FileInMaking {
  /** What its content is written to. */
  sink: Writable;
  /** The write that takes it from there to the storage. */
  written: Promise<void>;
}

/**
 * Waits for what makes files and for the writes that store them. Where one fails the others do too: what is thrown is the
 * write that failed by itself (the disk is full, the storage is down), else what the source says.
 */
export async function stored<T>(source: Promise<T>, ...files: FileInMaking[]): Promise<T> {
  // A write can fail before it has read anything: whoever fills the file would wait for it for ever.
  for (const { sink, written } of files) written.catch(() => sink.destroy());
  const [made, ...written] = await Promise.allSettled([source, ...files.map((file) => file.written)]);
  const failed = written.filter((write) => write.status === 'rejected').map((write): unknown => write.reason);
  const cause = failed.find((reason) => {
    const code = errorCode(reason);
    return code !== undefined && !CONSEQUENCES.has(code);
  });
  if (cause !== undefined) throw cause;
  if (made.status === 'rejected') throw made.reason;
  if (failed.length > 0) throw failed[0];
  return made.value;
}
