import fc from 'fast-check';
import { fuzz } from '../support/fuzz';

const given = process.env.FUZZ_SEED;
afterEach(() => {
  if (given === undefined) delete process.env.FUZZ_SEED;
  else process.env.FUZZ_SEED = given;
});

/** What a property is tried with under a seed. */
async function triedWith(seed: string): Promise<number[]> {
  process.env.FUZZ_SEED = seed;
  const tried: number[] = [];
  await fuzz(
    fc.asyncProperty(fc.integer(), async (n) => {
      tried.push(n);
    }),
    10,
  );
  return tried;
}

test.each(['0', '7', '-2147483648', '2147483647', 'new'])('"%s" is a seed', async (seed) => {
  expect(await triedWith(seed)).toHaveLength(10);
});

test('the same seed tries the same, another one tries others', async () => {
  expect(await triedWith('-3')).toEqual(await triedWith('-3'));
  expect(await triedWith('-3')).not.toEqual(await triedWith('3'));
});

test.each(['', ' ', 'New', 'abc', '1e3', '0x7', '1.5', '2147483648', 'Infinity', 'NaN'])(
  '"%s" is none, and nothing is tried',
  async (seed) => {
    await expect(triedWith(seed)).rejects.toThrow(/^FUZZ_SEED is a whole number/);
  },
);
