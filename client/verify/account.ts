import { BolnaError } from '../../bolna/errors';
import { WORTH_A_WARNING_MS } from '../../bolna/time';
import { otherUnit, toldWallet, walletOf } from '../../bolna/wallet';
import { UserError } from '../user-error';
import { asObject } from './answers';
import { differs, type Finding, ok, unknown } from './finding';
import { step } from './step';
import type { World } from './world';

/** The account behind the key, as `GET /user/me` shows it. */
export const accountStep = step({
  async observe(world: World) {
    await world
      .persist(() => world.bolna.account())
      .catch((error: unknown) => {
        // Nothing else would be answered.
        if (error instanceof BolnaError && error.status === 401) throw new UserError(error.message);
        throw error;
      });
    return world.answers.lastBody('me');
  },
  checks: [
    ['wallet', wallet],
    ['concurrency', concurrency],
    ['clock', clock],
  ],
});

/** Sources disagree on the unit (see docs/reliability.md), and only the person can see the dashboard. */
function wallet(account: Readonly<Record<string, unknown>>, { setup: { walletUnit: unit } }: World): Finding {
  const found = walletOf(walletIn(account), unit);
  if (found === undefined) return unknown('Bolna shows no wallet');
  const shown = `${toldWallet(found)}: ${found.amount.toFixed(2)}`;
  return unknown(`${shown}. If the dashboard shows another amount, set BOLNA_WALLET_UNIT=${otherUnit(unit)}`);
}

/** The wallet as Bolna shows it, in whatever unit; undefined where it shows none. */
export function walletIn({ wallet: shown }: Readonly<Record<string, unknown>>): number | undefined {
  const amount = typeof shown === 'string' && shown.trim() !== '' ? Number(shown) : shown;
  return typeof amount === 'number' && !Number.isNaN(amount) ? amount : undefined;
}

function concurrency({ concurrency: shown }: Readonly<Record<string, unknown>>): Finding {
  const { max, current } = asObject(shown);
  if (typeof max !== 'number') return unknown('Bolna shows no limit of simultaneous calls');
  if (max === 0)
    return differs('the limit of simultaneous calls is 0: the account is paused, and no campaign calls anyone');
  return ok(`${typeof current === 'number' ? current : 'an unknown number'} of ${max} simultaneous calls in use`);
}

function clock(_: unknown, { time: { clockIsAhead } }: World): Finding {
  const seconds = Math.round(Math.abs(clockIsAhead) / 1000);
  if (Math.abs(clockIsAhead) <= WORTH_A_WARNING_MS) return ok("this machine's clock agrees with Bolna's");
  const where = clockIsAhead > 0 ? 'ahead of' : 'behind';
  return differs(`this machine's clock is ${seconds} s ${where} Bolna's: set it with NTP`);
}
