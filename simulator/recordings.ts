import { type Answer, ApiError, json, text } from './answers';
import type { Execution } from './model';
import { drawBetween, hexId } from './random';
import type { SimulatorRules } from './rules';

/** The storage that recordings are in: another host than the API, which knows no key and takes signed links alone. */
export interface RecordingStorage {
  /** A signed link that works for `recordingLinkSeconds` from a time on, in milliseconds since the epoch. */
  link(executionId: string, from: number): string;
  /** What it answers to a link. @param now milliseconds since the epoch @param keyed whether a key was sent along */
  answer(executionId: string, query: Record<string, string>, now: number, keyed: boolean): Answer;
}

/** @param origin where the storage listens, such as `http://127.0.0.1:8080`; known once the simulator does */
export function recordingStorage(
  rules: SimulatorRules,
  speed: number,
  seed: string,
  origin: () => string,
): RecordingStorage {
  const sign = (id: string, expires: string) => hexId(seed, 'recording', id, expires).slice(0, 20);
  return {
    link(id, from) {
      const expires = String(Math.floor(from + (rules.recordingLinkSeconds * 1000) / speed));
      return `${origin()}/storage/${id}.wav?Expires=${expires}&Signature=${sign(id, expires)}`;
    },
    answer(id, { Expires: expires = '', Signature: signature }, now, keyed) {
      // As S3 does: two ways to say who asks are one too many. So a key that is sent there shows.
      if (keyed) return refusal(400, 'InvalidArgument', 'Only one auth mechanism allowed');
      if (signature !== sign(id, expires)) return refusal(403, 'SignatureDoesNotMatch', 'The signature does not match');
      if (now > Number(expires)) return refusal(403, 'AccessDenied', 'Request has expired');
      return { status: 200, headers: { 'content-type': 'audio/wav' }, body: tone(id) };
    },
  };
}

/** What executions show as the address of their recording: see the rule `recordings`. */
export function recordingUrls(
  { recordings }: SimulatorRules,
  storage: RecordingStorage,
): (execution: Execution) => string {
  return ({ id, updatedAt }) =>
    recordings === 'storage' ? storage.link(id, updatedAt) : `https://api.bolna.ai/recordings/call/${id}`;
}

/** What the API answers to a recording's permanent address: a redirect to a fresh link, or JSON with that link. */
export function recordingAnswer(
  execution: Execution | undefined,
  { recordings }: SimulatorRules,
  storage: RecordingStorage,
  now: number,
): Answer {
  if (execution === undefined || !isRecorded(execution)) throw new ApiError(404, { message: 'Recording not found' });
  const link = storage.link(execution.id, now);
  return recordings === 'json' ? json(200, { url: link }) : { ...text(302, ''), headers: { location: link } };
}

/** Whether anything was said that could have been recorded. */
export function isRecorded({ status, outcome }: Execution): boolean {
  return status === 'completed' && outcome !== null && outcome.talkSeconds > 0;
}

function refusal(status: number, code: string, message: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

const RATE = 8_000;
const SAMPLES = RATE / 4;

/** A quarter of a second of a tone that each call has for its own, as WAV: 8 bits, one channel. */
function tone(id: string): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + SAMPLES, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(SAMPLES, 40);
  const hertz = drawBetween([200, 900], id, 'tone');
  const wave = Uint8Array.from({ length: SAMPLES }, (_, at) => 128 + 100 * Math.sin((2 * Math.PI * hertz * at) / RATE));
  return Buffer.concat([head, wave]);
}
