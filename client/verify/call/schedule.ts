import { BolnaError, isBolnaError } from '../../../bolna/errors';
import type { Batch } from '../../../bolna/schemas';
import { bolnaRules, parseTime, roundedStart } from '../../../bolna/start-time';
import { createBatch } from '../create';
import { differs, type Finding, ok, unknown } from '../finding';
import { findingOf, type Step, step } from '../step';
import { batchOf } from '../unscheduled';
import type { World } from '../world';

const RULES = bolnaRules();
/** Nearer than Bolna takes a start, in milliseconds. */
const TOO_NEAR_MS = RULES.minAheadMs / 2;
/** As near as a campaign asks for it: `BOLNA_MIN_LEAD`. */
const NEAR_MS = RULES.minAheadMs + 30_000;

/** What a request to schedule came to. */
type Tried = { startsAt: number | undefined } | { error: BolnaError };

interface Scheduled {
  /** Of a start that is too near. */
  near: Tried;
  /** Milliseconds since the epoch. */
  asked: number;
  answer: Tried;
  shown: Batch;
  raw: Readonly<Record<string, unknown>>;
  /** Of a second start, one mark later. */
  again: Tried;
  shownThen: Batch;
}

/** Schedules a call to the person's own phone, and asks for what Bolna should refuse. */
export function scheduleStep(number: string): Step {
  return step({
    observe: (world) => scheduled(world, number),
    checks: [
      ['lead time', leadTime],
      ['start', start],
      ['rounding', rounding],
      ['scheduled_at', scheduledAt],
      ['second schedule', secondSchedule],
    ],
  });
}

async function scheduled(world: World, number: string): Promise<Scheduled> {
  if ((await createBatch(world, number)) === 'lost')
    throw new BolnaError('unavailable', { action: 'create the batch to call with' });
  const { batchId } = batchOf(world);
  const near = await tried(world, (await world.time.now()) + TOO_NEAR_MS);
  let asked = offTheMark((await world.time.now()) + NEAR_MS);
  // One that was taken is not scheduled over.
  let answer = near;
  if ((await look(world)).scheduledAt === undefined) answer = await tried(world, asked);
  else asked = (await world.time.now()) + TOO_NEAR_MS;
  world.answers.stage = 'scheduled';
  const shown = await look(world);
  const raw = world.answers.lastBody('get');
  if (shown.scheduledAt === undefined && 'error' in answer) throw answer.error;
  const first = shown.scheduledAt ?? roundedStart(asked, RULES);
  const again = await tried(world, first + RULES.roundUpToMs);
  const shownThen = await look(world);
  const starts = new Set([first, shownThen.scheduledAt ?? first]);
  // Where both were taken, both may be kept.
  if (!('error' in again)) starts.add(first + RULES.roundUpToMs);
  world.batch = { ...batchOf(world), batchId, starts: [...starts].sort((a, b) => a - b) };
  return { near, asked, answer, shown, raw, again, shownThen };
}

async function tried(world: World, at: number): Promise<Tried> {
  try {
    return await world.bolna.scheduleBatch(batchOf(world).batchId, at);
  } catch (error) {
    if (!isBolnaError(error)) throw error;
    return { error };
  }
}

function look(world: World): Promise<Batch> {
  return world.persist(() => world.bolna.getBatch(batchOf(world).batchId));
}

/** Whole seconds, and no multiple of Bolna's 10 minutes: only then is rounding to be seen. */
function offTheMark(at: number): number {
  const whole = Math.ceil(at / 1000) * 1000;
  return whole % RULES.roundUpToMs === 0 ? whole + 1000 : whole;
}

function leadTime({ near }: Scheduled): Finding {
  const ahead = `a start ${TOO_NEAR_MS / 1000} s ahead`;
  if (!('error' in near)) return differs(`Bolna takes ${ahead}, and documents at least 2 minutes`);
  const { kind, status } = near.error;
  return kind === 'refused'
    ? ok(`${ahead} is refused (${status})`)
    : unknown(`${ahead}: ${findingOf(near.error).text}`);
}

function start({ answer, asked, shown }: Scheduled, { answers }: World): Finding {
  if ('error' in answer) return findingOf(answer.error);
  const { status } = answers.all.findLast((each) => each.endpoint === 'schedule' && each.status < 300) ?? {};
  if (answer.startsAt === undefined)
    return unknown(`HTTP ${status}, and the answer names no start; the batch may show it`);
  const expected = shown.scheduledAt ?? roundedStart(asked, RULES);
  return answer.startsAt === expected
    ? ok(`HTTP ${status}, and the answer names the start ${timeOf(answer.startsAt)}`)
    : differs(`the answer names the start ${timeOf(answer.startsAt)}, and the batch shows ${timeOf(expected)}`);
}

function rounding({ asked, shown }: Scheduled): Finding {
  if (shown.scheduledAt === undefined) return unknown('the batch shows no start');
  const text = `${timeOf(asked)} was asked for, and the batch shows ${timeOf(shown.scheduledAt)}`;
  return shown.scheduledAt === roundedStart(asked, RULES) ? ok(text) : differs(`${text}: not the next 10-minute mark`);
}

function scheduledAt({ raw }: Scheduled): Finding {
  const { scheduled_at: shown } = raw;
  if (typeof shown !== 'string') return differs('a scheduled batch shows no scheduled_at');
  return parseTime(shown) === undefined
    ? differs('scheduled_at cannot be read as a time')
    : ok('a scheduled batch shows scheduled_at');
}

/** Either answer is survived. Whether anyone is called twice shows at the end. */
function secondSchedule({ again, shown, shownThen }: Scheduled): Finding {
  const isMoved = shown.scheduledAt !== shownThen.scheduledAt;
  if (!('error' in again))
    return ok(`Bolna takes a second schedule, and ${isMoved ? 'moves the start' : 'keeps the start'}`);
  if (isMoved) return differs('Bolna refused a second schedule, and moved the start all the same');
  return again.error.kind === 'refused'
    ? ok(`Bolna refuses a second schedule (${again.error.status})`)
    : unknown(findingOf(again.error).text);
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}
