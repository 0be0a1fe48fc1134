import { userInfo } from 'node:os';
import { type Config, readConfig } from '../../worker/config';
import { stopInDashboard } from '../../workflows/words';
import { CampaignOverError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { knownCampaign } from '../look/known';
import { interruption } from '../run/interruption';
import { say } from '../run/print';
import { findServer, isThere, type ServerInUse, serverInUse } from '../server/in-use';
import type { WokenServer } from '../server/woken';
import { countWorkers, noWorkerAdvice } from '../server/workers';
import { confirmed } from '../terminal/ask';
import { printJson } from '../terminal/json';
import { EXIT, type ExitCode, UserError } from '../user-error';
import { consequences, type Halted, type HaltKind } from './consequences';
import { halted, isHalted, untilHalted } from './until-halted';

export interface HaltFlags {
  reason?: string;
  by?: string;
  yes?: boolean;
  /** Whether to wait until Bolna shows it. */
  wait: boolean;
  json?: boolean;
}

/** Halts a campaign: says what will happen, asks, orders it, and waits until Bolna shows it. */
export async function halt(kind: HaltKind, campaignId: string, flags: HaltFlags): Promise<ExitCode> {
  const server = await serverFor(readConfig(process.env), campaignId);
  const { woken = false } = server;
  try {
    const { endedAt, state, progress, batchId } = await knownCampaign(server, campaignId);
    if (endedAt !== null)
      throw new UserError(`Campaign ${campaignId} has ended already (${state}): there is nothing left to ${kind}.`);
    say(consequences(kind, campaignId, progress));
    const otherwise = `Nobody can be asked here: give --yes to ${kind} campaign ${campaignId}.`;
    if (!flags.yes && !(await confirmed(`${kind === 'stop' ? 'Stop' : 'Cancel'} it?`, otherwise))) {
      say('Nothing was done: the campaign goes on.');
      return EXIT.badInput;
    }
    await order(server, kind, { campaignId, batchId }, flags);
    // Nobody else would see to it.
    const last = flags.wait || woken ? await wait(server, kind, { campaignId, batchId }) : undefined;
    if (woken && last !== 'interrupted' && !last?.result) say(RESULTS_LATER);
    if (flags.json) printJson(last ?? { campaignId, kind, ordered: true });
    if (last === 'interrupted') return EXIT.interrupted;
    return last === undefined || isHalted(last) ? EXIT.completed : EXIT.failed;
  } finally {
    await server.close();
  }
}

/** The server in use; one of this machine that is down is brought up, since a halt must not wait for somebody to do so. */
async function serverFor(config: Config, campaignId: string): Promise<ServerInUse & Partial<WokenServer>> {
  const found = await findServer(config, campaignId);
  if (found || config.temporalAddress !== undefined || !isThere(config.home))
    return found ?? serverInUse(config, campaignId);
  const { wakeServer } = require('../server/woken') as typeof import('../server/woken');
  return wakeServer(config);
}

const RESULTS_LATER =
  'The results are collected when a worker runs: type the command of "run" again, or bolna-campaigns worker --embedded';

async function order(
  server: ServerInUse & Partial<WokenServer>,
  kind: HaltKind,
  { campaignId, batchId }: Halted,
  flags: HaltFlags,
): Promise<void> {
  const by = flags.by ?? userName();
  const why = { ...(flags.reason !== undefined && { reason: flags.reason }), ...(by !== undefined && { by }) };
  try {
    await server.campaigns[kind](campaignId, why);
  } catch (error) {
    if (error instanceof CampaignOverError) throw new UserError(`${error.message}`, EXIT.badInput, { cause: error });
    throw error;
  }
  say(`The order to ${kind} is given, and outlives any crash.`);
  if (!server.woken && (await countWorkers(server).catch(() => 1)) === 0)
    say(`${stopInDashboard(batchId)} ${noWorkerAdvice(server)}`);
}

async function wait(
  server: ServerInUse,
  kind: HaltKind,
  { campaignId, batchId }: Halted,
): Promise<LiveProgress | 'interrupted'> {
  const interrupted = interruption();
  try {
    const last = await untilHalted(server, { campaignId, batchId }, interrupted);
    if (last === 'interrupted')
      say(
        `${stopInDashboard(batchId)} No longer waiting; the order to ${kind} stands. See: bolna-campaigns status ${campaignId}`,
      );
    else say(halted(kind, campaignId, last));
    return last;
  } finally {
    interrupted.dispose();
  }
}

/** Who gives the order, for those who see the campaign later. */
function userName(): string | undefined {
  try {
    return userInfo().username || undefined;
  } catch {
    // A container's user need not have a name.
    return undefined;
  }
}
