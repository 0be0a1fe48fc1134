import fc from 'fast-check';

/** A way to write a phone number, and what it says. Only numbers that are nobody's. */
export interface TypedNumber {
  typed: string;
  /** E.164 of whom this calls; undefined where it must be rejected. */
  calls: string | undefined;
}

export const NUMBERS = [
  ...Array.from({ length: 20 }, (_, i) => `+1202555${String(100 + i).padStart(4, '0')}`),
  '+919876543210',
];
const BRITISH = '+442079460123';

const inDigits = (zero: number) => (number: string) =>
  number.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));

function waysToWrite(number: string): TypedNumber[] {
  const digits = number.slice(1);
  const [head, tail] = [number.slice(0, -4), number.slice(-4)];
  const called = [
    number,
    ` ${number}\t`,
    `'${number}`,
    `${head} ${tail}`,
    `${head}-${tail}`,
    `${head}\u2011${tail}`,
    `${head}\u00a0${tail}`,
    `${head}.${tail}`,
    `\u200e${number}\u202c`,
    `(${head}) ${tail}`,
    `="${number}"`,
    `=“${number}”`,
    `=${number}`,
    `+${inDigits(0x0660)(digits)}`,
    inDigits(0xff10)(`＋${digits}`),
  ];
  const rejected = [
    digits,
    `00${digits}`,
    `0${digits.slice(2)}`,
    `${number}.0`,
    `${number} ext. 5`,
    `${number} / ${number}`,
    `${number};${number}`,
    `tel:${number}`,
    `${head}CALL`,
    `+${number}`,
    `${number}-`.replace(/\d{4}-$/, ''),
    `${number}0000000`,
    `${Number(digits).toExponential(5).toUpperCase()}`,
    `${number} or ${tail}`,
    `${number}, ${tail}`,
  ];
  return [
    ...called.map((typed) => ({ typed, calls: number })),
    ...rejected.map((typed) => ({ typed, calls: undefined })),
  ];
}

const ALL_TYPED: TypedNumber[] = [
  ...NUMBERS.flatMap(waysToWrite),
  { typed: '+44 (0)20 7946 0123', calls: BRITISH },
  { typed: '+44 020 7946 0123', calls: BRITISH },
  { typed: BRITISH, calls: BRITISH },
  ...[
    '',
    '-',
    '+',
    'null',
    '#N/A',
    '#REF!',
    '0',
    '+0',
    '+999123456789',
    'NaN',
    '☎️',
    '__proto__',
    `x${'😀'.repeat(150)}`,
  ].map((typed) => ({
    typed,
    calls: undefined,
  })),
];

/** What a cell calls, by what stands in it without the spaces around; a cell that is not in here was made by damage. */
export const CALLED_BY: ReadonlyMap<string, string | undefined> = new Map(
  ALL_TYPED.map(({ typed, calls }) => [typed.trim(), calls]),
);

const plainTyped = fc.constantFrom(...NUMBERS);
/** A cell of the number column. */
export const typedNumber = fc.oneof(
  { weight: 2, arbitrary: plainTyped },
  { weight: 3, arbitrary: fc.constantFrom(...ALL_TYPED.map(({ typed }) => typed)) },
);
