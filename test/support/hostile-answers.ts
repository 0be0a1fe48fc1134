import fc from 'fast-check';
import type { RawAnswer } from './hostile-server';

export const KEY = 'bn-0123456789abcdef-secret';
export const BATCH = '0123456789abcdef0123456789abcdef';
/** Where redirects lead; nobody may go there. */
export const ELSEWHERE = '/somewhere-else';

const SAID = [
  `the key ${KEY} is wrong`,
  `Bearer ${KEY}`,
  `${'x'.repeat(280)} ${KEY}`,
  'number +12025550101 is no number',
  'on 2026-06-23 +12025550101 2026-06-23 was called',
  `${'y'.repeat(292)}+12025550101`,
  'two\nlines\r\nand\u2028more\u001b[31m',
  'scheduled_at is too near.',
  '',
];
const said = fc.constantFrom(...SAID);
const errorBody = fc.oneof(
  said,
  fc.record({ message: said }).map((body) => JSON.stringify(body)),
  fc.record({ error: fc.integer(), detail: fc.array(fc.record({ msg: said })) }).map((body) => JSON.stringify(body)),
);

const batch = {
  batch_id: BATCH,
  status: 'scheduled',
  file_name: 'a.csv',
  scheduled_at: '2026-06-23T07:00:00+00:00',
  created_at: '2026-06-23T06:00:00Z',
  total_contacts: 2,
  valid_contacts: 2,
  execution_status: { completed: 1, ringing: 1 },
};
const execution = { id: 'e1', status: 'completed', total_cost: 3 };
/** An answer that is right for some request. */
const right = fc.constantFrom<unknown>(
  { batch_id: BATCH, state: 'created' },
  { message: 'success', state: 'scheduled at 2026-06-23T07:00:00+00:00' },
  batch,
  [batch, { ...batch, batch_id: 'f'.repeat(32) }],
  { data: [execution], has_more: false, page_number: 1 },
  { data: [execution], has_more: true },
  { data: [], has_more: true, page_number: 2 },
  [execution, { id: 'e2', status: 'busy' }],
  { name: 'Asha', wallet: 12.5, concurrency: { max: 10, current: 3 } },
);
/** An answer that is right but for one field. */
const nearlyRight = fc.tuple(right, fc.nat(9), fc.jsonValue({ maxDepth: 2 })).map(([body, at, wrong]) => {
  const copy = JSON.parse(JSON.stringify(body));
  const target = Array.isArray(copy) ? copy[0] : copy;
  const fields = Object.keys(target);
  target[fields[at % fields.length] ?? 'x'] = wrong;
  return copy;
});

const GARBAGE = [
  Buffer.from('<!doctype html><title>502</title>'),
  Buffer.from('{"batch_id":'),
  Buffer.from('[{"id":1},'),
  Buffer.from('[{"id":1}] x'),
  Buffer.from('\ufeff[]'),
  Buffer.from('OK'),
  Buffer.from('1f8b0800000000000003', 'hex'),
  Buffer.from('7b22617fff80', 'hex'),
  Buffer.alloc(1_000_000, ' '),
  Buffer.alloc(1_000_000, 'x'),
  Buffer.alloc(200_000, '['),
  Buffer.from('null'),
  Buffer.from('1e999'),
];
const body = fc.oneof(
  { weight: 4, arbitrary: right.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 6, arbitrary: nearlyRight.map((value) => Buffer.from(JSON.stringify(value))) },
  { weight: 4, arbitrary: errorBody.map((text) => Buffer.from(text)) },
  { weight: 2, arbitrary: fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)) },
  { weight: 3, arbitrary: fc.constantFrom(...GARBAGE) },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
);

const status = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(200, 200, 201, 202) },
  { weight: 4, arbitrary: fc.constantFrom(400, 401, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504) },
  { weight: 1, arbitrary: fc.constantFrom(300, 301, 302, 303, 307, 308) },
  { weight: 1, arbitrary: fc.integer({ min: 205, max: 599 }).filter((code) => code !== 304) },
);
const header = fc.constantFrom(
  `location: ${ELSEWHERE}`,
  'location: //[',
  'retry-after: 7',
  'retry-after: -5',
  'retry-after: soon',
  `retry-after: ${'9'.repeat(400)}`,
  'retry-after: 1\r\nretry-after: 2',
  'content-type: text/html',
  'content-type: application/json; charset=utf-16',
  'content-encoding: gzip',
  'x-twice: 1\r\nx-twice: 2',
  `www-authenticate: Bearer ${KEY}`,
);
/** Heads that are no HTTP, or a lie about what follows. */
const badHead = fc.constantFrom(
  'HTTP/1.1 200\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  'HTTP/1.1 99999 ?\r\n\r\n',
  'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  `${KEY} +12025550101\r\n\r\n`,
  `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
  '',
);

export interface Answered extends RawAnswer {
  /** Undefined where the answer's head is broken or was not sent to its end. */
  status: number | undefined;
  /** Not so where the connection is reset, which may overtake what was sent before. */
  arrives: boolean;
  /** Undefined where the body was not sent to its end. */
  body: Buffer | undefined;
}

/** Every way to answer a request, and many that are none. */
export const hostileAnswer: fc.Arbitrary<Answered> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .record({
        status,
        body,
        headers: fc.array(header, { maxLength: 2 }),
        framing: fc.constantFrom<'length' | 'chunked'>('length', 'chunked'),
        before: fc.constantFrom('', '', '', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n', 'HTTP/1.1 102 Wait\r\n\r\n'),
        cut: fc.oneof(
          { weight: 4, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 999 }) },
        ),
        when: fc.constantFrom<'early' | 'late'>('late', 'late', 'early'),
        broken: fc.constantFrom<RawAnswer['ending']>(...Array(8).fill('end'), ...Array(8).fill('reset'), 'stall'),
      })
      .map(({ status, body, headers, framing, before, cut, when, broken }): Answered => {
        const frame = framing === 'length' ? `content-length: ${body.length}` : 'transfer-encoding: chunked';
        const head = `${before}HTTP/1.1 ${status} Whatever\r\n${[...headers, frame, 'connection: close'].join('\r\n')}\r\n\r\n`;
        const framed = framing === 'length' ? body : chunked(body);
        const bytes = Buffer.concat([Buffer.from(head), framed]);
        if (cut === undefined) return { bytes, status, arrives: true, body, when, ending: 'end' };
        const kept = Math.floor((cut * bytes.length) / 1000);
        const headSent = kept >= head.length;
        const whole = framing === 'length' && kept === bytes.length;
        return {
          bytes: bytes.subarray(0, kept),
          status: headSent ? status : undefined,
          arrives: broken !== 'reset',
          body: whole ? body : undefined,
          when,
          ending: broken,
        };
      }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(badHead, fc.constantFrom<RawAnswer['ending']>('end', 'reset'))
      .map(([head, ending]): Answered => {
        return { bytes: Buffer.from(head), when: 'late', ending, arrives: true, status: undefined, body: undefined };
      }),
  },
);

function chunked(body: Buffer): Buffer {
  const pieces: Buffer[] = [];
  const size = Math.max(1, Math.ceil(body.length / 3));
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}
