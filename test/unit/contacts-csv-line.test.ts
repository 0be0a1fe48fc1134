import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { csvLine } from '../../contacts/csv-line';
import { validateContacts } from '../../contacts/validate';
import { hostileText } from '../support/hostile-csv';

const cell = fc.oneof(
  hostileText,
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.string({
    unit: fc.constantFrom(...',"\n\r\t\v\f \u00a0\u0085\u2028\u2029\ufeff\u200b\u007f\0aé😀'),
    maxLength: 5,
  }),
);

test('a line is the one that csv-stringify writes, with which batches were named before', () => {
  const options = {
    record_delimiter: '\n',
    quote_record_delimiter: true,
    quoted_match: /^\s|\s$|(?!\t)[\p{Cc}\u2028\u2029]/u,
  };
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 6 }), (cells) => {
      expect(csvLine(cells)).toBe(stringify([cells], options));
    }),
    { numRuns: 5_000 },
  );
});

test('contacts.csv keeps its bytes: its hash names the batch, by which the next run of a campaign finds it', async () => {
  const input = [
    '\ufeffname, Contact Number ,"city, state",note',
    'Asha,+91 98765-43210,"Pune, MH", said ""no"" ',
    ' Ben ,+919876543211,,"line one\nline two"',
    'José 😀,+12025550123," x ",\u2028',
    ',+447700900123,"",a\tb',
    'Di,+4915123456789,"\t",\u00a0z\u00a0',
  ]
    .join('\r\n')
    .replace(' said ""no"" ', '"said ""no"""');
  const chunks: Buffer[] = [];
  const keep = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const source = Readable.from([Buffer.from(input)]);
  const { hash, valid } = await validateContacts(source, { contacts: keep, rejected: nowhere });
  expect(valid).toBe(5);
  expect(createHash('sha256').update(Buffer.concat(chunks)).digest('hex')).toBe(hash);
  expect(hash).toBe('96b10f82335d7f3554ea357d11348858bc06c269c653b20f2d3b24510dde7a8b');
});
