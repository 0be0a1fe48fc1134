import { readConfig } from '../../worker/config';
import type { CallbackStatus } from '../campaign/callbacks';
import { plural, printable, say, table } from '../run/print';
import { untilTold } from '../run/until-told';
import { serverOfCampaign } from '../server/reach';
import { countWorkers, noWorkerAdvice } from '../server/workers';
import { commandLine } from '../terminal/command-line';
import { printJson } from '../terminal/json';
import { EXIT, type ExitCode, UserError } from '../user-error';

export interface CallbacksFlags {
  /** Whether what was not delivered is sent again. */
  resend?: boolean;
  json?: boolean;
}

const MOST = 200;
/** A receiver that answers is told in this time; one that is down may be for days. */
const TOLD_WITHIN_MS = 30_000;

/**
 * Shows what a campaign's callback was told, or sends again what it was not.
 * @returns `notCompleted` where something was not delivered, also while it is tried again
 * @throws UserError, CampaignNotFoundError, ChangeRefusedError
 */
export async function callbacks(
  campaignId: string,
  { resend = false, json = false }: CallbacksFlags,
): Promise<ExitCode> {
  const server = await serverOfCampaign(readConfig(process.env), campaignId, { worker: resend });
  try {
    if (resend) {
      const resent = await server.campaigns.resendCallbacks(campaignId);
      if (json) printJson(resent);
      say(`${resent.says} See: ${commandLine(['callbacks', campaignId])}`);
      if (server.ownWorker) await untilTold(server.client, campaignId, TOLD_WITHIN_MS, new Promise(() => undefined));
      if (server.brief || (await countWorkers(server).catch(() => 1)) === 0) say(noWorkerAdvice(server));
      return EXIT.completed;
    }
    const status = await server.campaigns.callbacks(campaignId);
    if (!status)
      throw new UserError(`Campaign ${campaignId} has no callback (--callback), or has told it nothing yet.`);
    if (json) printJson(status);
    else show(status);
    return isToldAll(status) ? EXIT.completed : EXIT.notCompleted;
  } finally {
    await server.close();
  }
}

/** Whether nothing is known that the receiver has not accepted: a first attempt under way has failed at nothing yet. */
export function isToldAll({ undelivered, trying }: Pick<CallbackStatus, 'undelivered' | 'trying'>): boolean {
  return undelivered.length === 0 && (trying === null || trying.lastError === null);
}

function show({ campaignId, delivered, gone, late, undelivered, trying }: CallbackStatus): void {
  const rows = undelivered.map(({ type, timestamp, reason }) => [type, timestamp, printable(reason, MOST)]);
  if (rows.length > 0) process.stdout.write(`${table(['not delivered', 'of (UTC)', 'why'], rows)}\n`);
  say(
    `${plural(delivered, 'callback')} delivered, ${undelivered.length} not.${gone ? ' The receiver wants no more (410).' : ''}`,
  );
  if (late) say(`${late.host} has not accepted ${late.type} since ${late.timestamp}.`);
  if (trying) {
    const why = trying.lastError === null ? '' : `: ${printable(trying.lastError, MOST)}`;
    say(
      `${trying.lastError === null ? 'One is being sent' : 'One is being sent again'}, attempt ${trying.attempt}${why}`,
    );
  }
  if (rows.length > 0) say(`Send them again: ${commandLine(['callbacks', campaignId, '--resend'])}`);
}
