import { userInfo } from 'node:os';
import { readConfig } from '../../worker/config';
import { ConfigError } from '../../worker/config-error';
import { EmbeddedServerError } from '../../worker/embedded/errors';
import { stopInDashboard } from '../../workflows/words';
import { CampaignOverError, TemporalUnreachableError } from '../errors';
import { explain } from '../explain';
import type { LiveProgress } from '../live-progress';
import { knownCampaign } from '../look/known';
import { interruption } from '../run/interruption';
import { say } from '../run/print';
import type { ServerInUse } from '../server/in-use';
import { type Reached, reachCampaign } from '../server/reach';
import { countWorkers, noWorkerAdvice } from '../server/workers';
import { canAsk, confirmed } from '../terminal/ask';
import { commandLine } from '../terminal/command-line';
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
  const reached = await reach(campaignId, flags.yes === true || canAsk());
  const { server } = reached;
  try {
    const { endedAt, state, progress, batches, warning } = await knownCampaign(reached, campaignId);
    if (!server || endedAt !== null)
      throw new UserError(`Campaign ${campaignId} has ended already (${state}): there is nothing left to ${kind}.`);
    if (warning !== null) say(warning);
    say(consequences(kind, campaignId, progress));
    const otherwise = `Nobody can be asked here: give --yes to ${kind} campaign ${campaignId}.`;
    if (!flags.yes && !(await confirmed(`${kind === 'stop' ? 'Stop' : 'Cancel'} it?`, otherwise))) {
      say(server.brief ? `Nothing was done. ${noWorkerAdvice(server)}` : 'Nothing was done: the campaign goes on.');
      return EXIT.badInput;
    }
    await order(server, kind, { campaignId, batches }, flags);
    // Nobody else would see to it.
    const last = flags.wait || server.brief ? await wait(server, kind, { campaignId, batches }) : undefined;
    if (server.brief && last !== 'interrupted' && !last?.result) say(noWorkerAdvice(server));
    if (flags.json) printJson(last ?? { warning: stopInDashboard(batches), campaignId, kind, ordered: true });
    if (last === 'interrupted') return EXIT.interrupted;
    return last === undefined || isHalted(last) ? EXIT.completed : EXIT.failed;
  } finally {
    await server?.close();
  }
}

/**
 * Where a halt cannot even be ordered, the dashboard works.
 * @param worker whether to bring a worker up, where one is wanted: not for a halt that is only described
 */
async function reach(campaignId: string, worker: boolean): Promise<Reached> {
  try {
    return await reachCampaign(readConfig(process.env), campaignId, { worker });
  } catch (error) {
    if (!OUT_OF_REACH.some((kind) => error instanceof kind)) throw error;
    const { sentence, exitCode } = explain(error);
    throw new UserError(`${stopInDashboard()} ${sentence}`, exitCode, { cause: error });
  }
}

const OUT_OF_REACH = [ConfigError, EmbeddedServerError, TemporalUnreachableError];

async function order(
  server: ServerInUse,
  kind: HaltKind,
  { campaignId, batches }: Halted,
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
  const isIdle = !server.brief && (await countWorkers(server).catch(() => 1)) === 0;
  const mayCall = isIdle || !(flags.wait || server.brief);
  say(`${mayCall ? `${stopInDashboard(batches)} ` : ''}The order to ${kind} is given, and outlives any crash.`);
  if (isIdle) say(noWorkerAdvice(server));
}

async function wait(
  server: ServerInUse,
  kind: HaltKind,
  { campaignId, batches }: Halted,
): Promise<LiveProgress | 'interrupted'> {
  const interrupted = interruption();
  try {
    const last = await untilHalted(server, { campaignId, batches }, interrupted);
    if (last === 'interrupted')
      say(
        `${stopInDashboard(batches)} No longer waiting; the order to ${kind} stands. See: ${commandLine(['status', campaignId])}`,
      );
    else say(halted(kind, campaignId, last, server));
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
