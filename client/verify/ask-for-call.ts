import type { Config } from '../../worker/config';
import { askForEstimate, estimateText } from '../run/estimate';
import { say } from '../run/print';
import { confirmed } from '../terminal/ask';

/**
 * Says what a real call means, and asks for it.
 * @returns whether it may be made
 * @throws UserError where nobody can be asked
 */
export async function mayCall(
  config: Config,
  agentId: string,
  number: string,
  flags: { account?: string | undefined; yes?: boolean | undefined },
): Promise<boolean> {
  const estimate = await askForEstimate(config, agentId, 1, undefined, flags.account);
  say(
    [
      `The agent will call ${number}, at the next 10-minute mark that is at least 2 minutes away. Answer it: only then is there an outcome to check.`,
      `Cost: ${estimateText(estimate)}.`,
      'The call is scheduled twice on purpose. If Bolna keeps both starts, it calls a second time, 10 minutes later.',
      'The checks take up to 30 minutes. Ctrl-C deletes the batch.',
    ].join('\n'),
  );
  if (flags.yes) return true;
  return confirmed(`Call ${number}?`, `Nobody can be asked here: give --yes to have ${number} called.`);
}
