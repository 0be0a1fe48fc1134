import fc from 'fast-check';

const BYTES = ['00', 'ff', 'c3', 'e9', 'eda080', 'f09f98', 'efbbbf', '22', '2c', '0d', '0a', '80', 'c0af'];

/** What can happen to a file on its way. */
type Damage =
  | { kind: 'none' }
  | { kind: 'cut'; at: number }
  | { kind: 'bytes'; at: number; hex: string }
  | { kind: 'encoding'; as: 'latin1' | 'utf16le' | 'utf16be'; mark: boolean }
  | { kind: 'separator'; by: string };
/** Where in the file, as a share of its length. */
const place = fc.integer({ min: 1, max: 1000 }).map((thousandths) => thousandths / 1000);
export const damage = fc.oneof(
  { weight: 14, arbitrary: fc.constant<Damage>({ kind: 'none' }) },
  { weight: 3, arbitrary: place.map((at): Damage => ({ kind: 'cut', at })) },
  {
    weight: 2,
    arbitrary: fc.tuple(place, fc.constantFrom(...BYTES)).map(([at, hex]): Damage => ({ kind: 'bytes', at, hex })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('latin1', 'utf16le', 'utf16be'), fc.boolean())
      .map(([as, mark]): Damage => ({ kind: 'encoding', as, mark })),
  },
  { weight: 1, arbitrary: fc.constantFrom(';', '\t', '|').map((by): Damage => ({ kind: 'separator', by })) },
);

/** The bytes that are left of a text. */
export function damaged(text: string, what: Damage): Buffer {
  const bytes = Buffer.from(text);
  switch (what.kind) {
    case 'none':
      return bytes;
    case 'cut':
      return bytes.subarray(0, Math.floor(what.at * bytes.length));
    case 'bytes': {
      const at = Math.floor(what.at * bytes.length);
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(what.hex, 'hex'), bytes.subarray(at)]);
    }
    case 'encoding': {
      if (what.as === 'latin1') return Buffer.from(text, 'latin1');
      const wide = Buffer.from(`${what.mark ? '\ufeff' : ''}${text}`, 'utf16le');
      return what.as === 'utf16be' ? wide.swap16() : wide;
    }
    case 'separator':
      return Buffer.from(text.replaceAll(',', what.by));
  }
}

/** Sizes of the pieces a file arrives in, over and over; none at all is a piece too. */
export const pieceSizes = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom([1], [2], [3], [1, 0, 5]) },
  { weight: 3, arbitrary: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 4 }) },
);

export function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
