import { HALTING_STEP } from '../../workflows/halted';
import { stopInDashboard } from '../../workflows/words';
import { look } from '../campaign/look';
import { CampaignNotFoundError, NoWorkerError } from '../errors';
import type { LiveProgress } from '../live-progress';
import type { Interruption } from '../run/interruption';
import { plural, printable, say } from '../run/print';
import type { ServerInUse } from '../server/in-use';
import { noWorkerAdvice } from '../server/workers';
import { commandLine } from '../terminal/command-line';
import { EXIT, UserError } from '../user-error';
import { type Halted, type HaltKind, linesIn } from './consequences';

const EVERY_MS = 500;
/** Milliseconds in which nobody may answer before the wait is given up: the order stands all the same. */
const PATIENCE_MS = 60_000;
/** A halt that Bolna shows by then is no cause for alarm. */
const ALARMING_MS = 5_000;

/**
 * Waits until Bolna shows that a halted campaign calls nobody else: the campaign has gone on from halting, or has ended.
 * @throws UserError when nobody answers for a minute
 */
export async function untilHalted(
  server: ServerInUse,
  halted: Halted,
  interrupted: Interruption,
): Promise<LiveProgress | 'interrupted'> {
  const alarm = setTimeout(() => say(unheard(halted.batches)), ALARMING_MS);
  try {
    return await untilShown(server, halted, interrupted, () => alarm.refresh());
  } finally {
    clearTimeout(alarm);
  }
}

async function untilShown(
  { client, ...server }: ServerInUse,
  { campaignId, batches }: Halted,
  interrupted: Interruption,
  heard: () => void,
): Promise<LiveProgress | 'interrupted'> {
  const beganAt = performance.now();
  let answeredAt = beganAt;
  let told = '';
  while (!interrupted.signal.aborted) {
    const seen = await Promise.race([
      look(client, campaignId, server.storage).catch((error: unknown) => ({ error })),
      interrupted.when,
    ]);
    if (seen === 'interrupted') return seen;
    if ('error' in seen) {
      if (seen.error instanceof CampaignNotFoundError && (await server.isStillThere())) throw seen.error;
      if (performance.now() - answeredAt > PATIENCE_MS) throw unanswered(seen.error, server, batches);
    } else {
      answeredAt = performance.now();
      heard();
      if (seen.ended || isShown(seen.progress)) return seen.progress;
      const isLate = performance.now() - beganAt > ALARMING_MS;
      const text = waitingText(seen.progress, batches, isLate);
      if (text !== told) say(text);
      told = text;
    }
    await interrupted.pause(EVERY_MS);
  }
  return 'interrupted';
}

/** A worker that has just died still counts as one for 90 seconds: what works now is said long before. */
function unheard(batches: Halted['batches']): string {
  return `${stopInDashboard(batches)} The order stands, and no worker has answered yet. Waiting…`;
}

/** Whether the step that halts is done: calls on the line may still be waited for. */
function isShown({ state, halt, step, batches }: LiveProgress): boolean {
  if (state === 'collecting') return true;
  // Of several batches each halts by itself, and the campaign has no word for all of them but its end.
  return halt !== null && state === 'halting' && batches === undefined && step !== null && step !== HALTING_STEP;
}

function waitingText(progress: LiveProgress, known: Halted['batches'], isLate: boolean): string {
  const { step, lastError, attempt, batches } = progress;
  const isTried = step === HALTING_STEP && lastError !== null;
  const trouble = isTried ? ` (attempt ${attempt}: ${printable(lastError, 200)})` : '';
  const warning = isTried || isLate ? `${stopInDashboard(progress.batchId ?? known, batches !== undefined)} ` : '';
  return `${warning}Waiting until Bolna shows it${trouble}…`;
}

function unanswered(error: unknown, server: Omit<ServerInUse, 'client'>, batches: Halted['batches']): UserError {
  const why =
    error instanceof NoWorkerError ? noWorkerAdvice(server) : String(error instanceof Error ? error.message : error);
  const text = `${stopInDashboard(batches)} The order stands, but whether Bolna shows it is not known: ${why}`;
  return new UserError(text, EXIT.failed, { cause: error });
}

/** Whether it is known that nobody else is called: not of a campaign that has failed, or was ended from outside. */
export function isHalted({ state, result }: LiveProgress): boolean {
  return state !== 'failed' || (result !== undefined && result.batchId === null);
}

/** How the halt went, for people. */
export function halted(
  kind: HaltKind,
  campaignId: string,
  progress: LiveProgress,
  { brief }: Pick<ServerInUse, 'brief'>,
): string {
  const { state, result } = progress;
  if (!isHalted(progress)) {
    const why = progress.lastError ?? 'it left no word';
    const warning = stopInDashboard(progress.batchId ?? undefined);
    const told = why.startsWith(warning) ? why.slice(warning.length).trim() : why;
    return `${warning} Campaign ${campaignId} has ended ${state}, and whether Bolna calls anybody else is not known: ${told}`;
  }
  if (result) {
    const outcomes = Object.entries(result.outcomes).map(([name, rows]) => `${rows} ${printable(name)}`);
    const came =
      state === 'completed'
        ? 'It was over before the order could change anything: it has ended completed'
        : `It has ended ${state}`;
    return `${came}${outcomes.length > 0 ? ` (${outcomes.join(', ')})` : ''}.`;
  }
  const lines = linesIn(progress);
  const waits = kind === 'stop' && lines > 0 ? `; ${plural(lines, 'call')} may finish` : '';
  return `Bolna calls nobody else${waits}.${brief ? '' : ` Results come next: ${commandLine(['watch', campaignId])}`}`;
}
