import type { Readable } from 'node:stream';
import { ContactsError } from './errors';
import { SIGNATURE_BYTES, workbookIn } from './workbook';

const SAVE_AS = 'save it as "CSV UTF-8 (Comma delimited)" and try again';
/**
 * Reads a file as UTF-8, without a byte order mark, and stops at the first byte that cannot belong to such a text: a replacement
 * character would be read aloud by the agent.
 *
 * @throws {@link ContactsError} for workbooks, other binary files, UTF-16, Latin-1 and its kin.
 */
export async function* utf8Text(source: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let head: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of source) {
    let chunk: Buffer = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (head !== undefined) {
      // A signature may be split over chunks, so nothing goes on before it can be told.
      head = Buffer.concat([head, chunk]);
      if (head.length < SIGNATURE_BYTES) continue;
      refuseSignatures(head);
      chunk = head;
      head = undefined;
    }
    yield decoded(decoder, chunk);
  }
  if (head !== undefined) {
    refuseSignatures(head);
    yield decoded(decoder, head);
  }
  yield decoded(decoder, undefined);
}

function refuseSignatures(head: Buffer): void {
  const workbook = workbookIn(head);
  if (workbook !== undefined) throw new ContactsError('not-a-csv', workbook);
  const hex = head.toString('hex', 0, 2);
  const byteOrderMark = hex.startsWith('fffe') || hex.startsWith('feff');
  // Without a mark, UTF-16 of Latin letters has a zero in every other byte.
  const everyOther = head.length >= 2 && (head[0] === 0) !== (head[1] === 0);
  if (byteOrderMark || everyOther) {
    throw new ContactsError('not-utf8', `The file is saved as UTF-16 ("Unicode Text"), not as UTF-8: ${SAVE_AS}.`);
  }
}

function decoded(decoder: InstanceType<typeof TextDecoder>, chunk: Buffer | undefined): string {
  if (chunk?.includes(0)) {
    throw new ContactsError('not-a-csv', 'The file is binary, not a CSV: choose the CSV file with the contacts.');
  }
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch (cause) {
    throw new ContactsError(
      'not-utf8',
      `The file is not UTF-8 but an older encoding such as Latin-1 (Windows-1252), or not a text: ${SAVE_AS}.`,
      { cause },
    );
  }
}
