import { Readable } from 'node:stream';
import { readTable } from '../../contacts/table';

async function read(bytes: Buffer, chunk: number) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += chunk) pieces.push(bytes.subarray(at, at + chunk));
  const { header, blocks, notes } = await readTable(Readable.from(pieces));
  const rows = [];
  for await (const block of blocks) rows.push(...block.map(({ cells }) => cells));
  return { header: header.cells, rows, notes };
}

const TEXT = 'contact_number,name,city\n+12025550101,José,Zürich\n+12025550102,Zoë,“Œ” €\n';
const long = (text: string) => text + '+12025550103,Ann,Bern\n'.repeat(10);
const HIGH: Record<string, number> = { '“': 0x93, '”': 0x94, Œ: 0x8c, '€': 0x80 };
const windows1252 = (text: string) => Buffer.from([...text].map((letter) => HIGH[letter] ?? letter.charCodeAt(0)));
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();

test.each([
  ['UTF-8', Buffer.from(TEXT), []],
  ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`), []],
  ['UTF-8 that begins beyond ASCII', Buffer.from(long(TEXT.replace('city', 'größe'))), []],
  ['UTF-16 with a mark', Buffer.from(`\ufeff${TEXT}`, 'utf16le'), [/UTF-16/]],
  ['UTF-16 without a mark', Buffer.from(TEXT, 'utf16le'), [/UTF-16/]],
  ['big-endian UTF-16 with a mark', utf16be(`\ufeff${long(TEXT)}`), [/UTF-16/]],
  ['big-endian UTF-16 without a mark', utf16be(TEXT), [/UTF-16/]],
  ['Windows-1252', windows1252(long(TEXT)), [/Windows-1252.*CSV UTF-8/]],
])('a file in %s is read, with a note where it is not UTF-8', async (_encoding, bytes, notes) => {
  for (const chunk of [1, 7, bytes.length]) {
    const { header, rows, notes: told } = await read(bytes, chunk);
    expect(header[0]).toBe('contact_number');
    expect(rows.slice(0, 2).map((cells) => cells.slice(1))).toEqual([
      ['José', 'Zürich'],
      ['Zoë', '“Œ” €'],
    ]);
    expect(told).toEqual(notes.map((note) => expect.stringMatching(note)));
  }
});

test.each([
  ['both UTF-8 and Windows-1252', Buffer.concat([Buffer.from(TEXT), windows1252(TEXT)])],
  ['an encoding that Windows-1252 cannot be', Buffer.from('contact_number,name\n+12025550101,\x81\x40\n', 'latin1')],
  ['UTF-16 that is cut', Buffer.from(`\ufeff${TEXT}`, 'utf16le').subarray(0, -1)],
])('a file in %s is refused', async (_encoding, bytes) => {
  for (const chunk of [1, bytes.length])
    await expect(read(bytes, chunk)).rejects.toMatchObject({
      code: 'not-utf8',
      message: expect.stringMatching(/CSV UTF-8/),
    });
});
