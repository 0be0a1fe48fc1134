import { createHash } from 'node:crypto';

/** Formats by how a file of theirs begins; what Bolna says of its type is often "bytes". */
const FORMATS: Record<string, { type: string; begins: (head: Buffer) => boolean }> = {
  mp3: {
    type: 'audio/mpeg',
    begins: (head) => text(head, 0, 'ID3') || (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0),
  },
  wav: { type: 'audio/wav', begins: (head) => text(head, 0, 'RIFF') && text(head, 8, 'WAVE') },
  ogg: { type: 'audio/ogg', begins: (head) => text(head, 0, 'OggS') },
  m4a: { type: 'audio/mp4', begins: (head) => text(head, 4, 'ftyp') },
};
/** A format that is not known here is kept all the same. */
const OTHER = 'bin';

/** What a format can be told by. */
export const HEAD_BYTES = 12;

/** Endings of the files of recordings. */
export const RECORDING_ENDINGS: readonly string[] = [...Object.keys(FORMATS), OTHER];

/** @param head the first {@link HEAD_BYTES} of a file @returns undefined where it is no recording, but a page or a message */
export function endingOf(head: Buffer): string | undefined {
  const [known] = Object.entries(FORMATS).find(([, { begins }]) => begins(head)) ?? [];
  if (known !== undefined) return known;
  return head.length === 0 || /^\s*[<{[]/.test(head.toString('latin1')) ? undefined : OTHER;
}

/** The media type of a recording's file; undefined where the name is none of ours. */
export function mediaTypeOf(name: string): string | undefined {
  const [, ending = ''] = /^[\w-]{1,100}\.(\w+)$/.exec(name) ?? [];
  return ending === OTHER ? 'application/octet-stream' : FORMATS[ending]?.type;
}

/** The file of a call's recording, without its ending. Bolna's IDs are UUIDs; whatever they become, the name is a plain one. */
export function recordingName(executionId: string): string {
  return /^[\w-]{1,100}$/.test(executionId)
    ? executionId
    : createHash('sha256').update(executionId).digest('hex').slice(0, 32);
}

function text(head: Buffer, at: number, wanted: string): boolean {
  return head.toString('latin1', at, at + wanted.length) === wanted;
}
