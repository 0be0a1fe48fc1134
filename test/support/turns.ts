import { DIALECTS, type DialectName } from '../../simulator/rules';

/**
 * The dialects that crash points speak in turn, so that a suite costs no more than with one. `CRASH_TURN` (0, 1 or 2; default: 0) shifts
 * the turns: three runs take every point through every dialect. `npm run crash-dialects` makes all three.
 * @param at which of the suite's crash points, from 0
 */
export function dialectOf(at: number): DialectName {
  const turn = Number(process.env.CRASH_TURN ?? 0);
  if (!DIALECTS[turn]) throw new Error(`CRASH_TURN is ${process.env.CRASH_TURN}. Set it to 0, 1 or 2.`);
  return DIALECTS[(at + turn) % DIALECTS.length] ?? 'documented';
}
