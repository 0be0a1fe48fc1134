import { parse } from 'csv-parse/sync';
import type { Batch, Dial, Execution } from '../../simulator/model';
import type { RecordedRequest } from '../../simulator/records';
import type { CampaignResult } from '../../workflows/state';
import { DAY, MINUTE } from '../support/rig';
import { type Run, STANDINGS } from './facts';
import { mayBeLost, wrongMoves } from './moves';
import { possibleEnds } from './prediction';
import { rowsOf, validNumbers } from './shape';
import { isAnswered, isSuppressed, wrongSuppressions } from './suppressions';
import type { World } from './world';

/** What must hold of every campaign that has come to its end, whatever was done to it. Lets time pass, for calls too late. */
export async function wrongsOf(world: World): Promise<string[]> {
  const { clock, isExact } = world.stage;
  await clock.pass(isExact ? 2 * DAY : 30 * MINUTE);
  await world.rig.simulator.sync();
  return [
    ...world.wrongs,
    ...wrongEnds(world),
    ...wrongCalls(world),
    ...wrongMoves(world),
    ...wrongSuppressions(world),
    ...lateCalls(world),
    ...leftBatches(world),
    ...(await wrongResults(world)),
    ...(await wrongReplays(world)),
  ];
}

function wrongEnds(world: World): string[] {
  // Where things are not done at exact moments, or done again by a reset, a halt can come to anything.
  if (!world.stage.isExact && world.runs.some(({ halts }) => halts.length > 0)) return [];
  return world.runs.flatMap((run, at) => {
    if (run.end === undefined || run.end === 'terminated' || mayBeLost(world, run)) return [];
    const soFar = world.rig.simulator.requests.slice(0, world.runs[at + 1]?.requestsBefore);
    const hasFailed = ({ status, fault }: RecordedRequest) => status !== 200 || fault !== undefined;
    const failed = soFar.slice(run.requestsBefore).filter(hasFailed);
    const expected = possibleEnds(world.shape, run, {
      beganAt: world.beganAt,
      refused: failed.some(({ endpoint, status }) => ['create', 'schedule'].includes(endpoint) && status === 404),
      // Also one that an earlier run has sent.
      startUnclear:
        world.shape.dialect === 'strange' && soFar.filter(hasFailed).some(({ endpoint }) => endpoint === 'schedule'),
      haltHeldUp: failed.some((request) => run.halts.some(({ at: since }) => request.at >= since)),
    });
    return expected.includes(run.end)
      ? []
      : [`Run ${at + 1} ended ${run.end} (${run.reason}), not ${expected.join(' or ')}.`];
  });
}

function wrongCalls(world: World): string[] {
  const { shape, rig } = world;
  const most = 1 + (shape.retry?.max ?? 0);
  const wrongs: string[] = [];
  const dialled = new Set(rig.simulator.dials().map(({ number }) => number));
  for (const number of dialled) {
    const dials = rig.simulator.dials(number);
    if (dials.length > most) wrongs.push(`${number} was called ${dials.length} times, ${most} at most were intended.`);
    // Bolna's own retries are all of one execution; a second execution is a second call that nobody intended.
    const executions = new Set(dials.map(({ executionId }) => executionId));
    if (executions.size > 1) wrongs.push(`${number} was called by ${executions.size} executions.`);
  }
  const { contacts } = world.truth;
  const allowed = new Set(contacts === null ? [] : validNumbers(shape, contacts));
  for (const number of dialled) {
    if (!allowed.has(number)) wrongs.push(`${number} was called, and is none of the ${contacts} contacts.`);
  }
  return wrongs;
}

/** After a run has ended in any way but by failure or termination, nobody is called unless it is started again. */
function lateCalls(world: World): string[] {
  return world.runs.flatMap((run, at) => {
    const { end, closedAt = 0, reason, halts, before } = run;
    if (end === undefined || end === 'terminated' || end === 'failed' || reason?.includes('giveUpAfter')) return [];
    const until = world.runs[at + 1]?.startedAt ?? Number.POSITIVE_INFINITY;
    const late = world.rig.simulator
      .dials()
      .filter((dial) => dial.at > closedAt && dial.at < until && !(end === 'canceled' && isOwnRetry(world, dial)));
    const wrongs = late.length > 0 ? [`${late.length} calls after run ${at + 1} had ended ${end}.`] : [];
    const { deleteScheduled, stopScheduled } = world.shape;
    const [halt] = halts;
    if (!world.stage.isExact || !halt || before.running + before.completed + before.stopped > 0) return wrongs;
    const { running, completed, stopped } = halt.truth;
    const nobody = running + completed + stopped === 0 && (deleteScheduled || stopScheduled) && !isHeldUp(world, run);
    const called = world.rig.simulator.dials().filter((dial) => dial.at >= run.startedAt && dial.at <= closedAt);
    if (nobody && called.length > 0)
      wrongs.push(`${called.length} calls although run ${at + 1} was halted before the start.`);
    return wrongs;
  });
}

/**
 * Whether Bolna itself makes a call, as a retry of a batch that it calls completed: nothing can be stopped any more then, and
 * a cancel does not wait for it (assumption 4 of README.md).
 */
function isOwnRetry({ rig }: World, { attempt, batchId }: Dial): boolean {
  return attempt > 1 && rig.simulator.batch(batchId)?.status === 'completed';
}

/** Whether a halt took longer than until the start: it came a minute before, or Bolna did not hear of it. */
function isHeldUp(world: World, { halts: [halt], requestsBefore }: Run): boolean {
  if (!halt) return false;
  const starts = world.rig.simulator.batches().flatMap(({ scheduledAt }) => (scheduledAt ? [scheduledAt] : []));
  const near = starts.some((start) => start >= halt.at && start - halt.at < 90_000);
  const requests = world.rig.simulator.requests.slice(requestsBefore);
  return near || requests.some(({ at, fault }) => at >= halt.at && fault !== undefined);
}

function leftBatches({ rig, shape, truth }: World): string[] {
  const { created, scheduled, running } = truth;
  const wrongs = scheduled + running > 0 ? [`${scheduled + running} batches are left that call somebody.`] : [];
  // What Bolna does not list, or not yet, nobody can delete.
  const lists = rig.simulator.requests.filter(({ endpoint }) => endpoint === 'list');
  const lied = lists.some(({ fault }) => fault !== undefined) || (shape.split !== null && shape.listLagMs > 0);
  const last = lists.at(-1)?.at ?? 0;
  const seen = rig.simulator
    .batches()
    .filter(
      (batch) => STANDINGS[batch.status] === 'created' && !batch.deleted && batch.createdAt + shape.listLagMs <= last,
    );
  return created > 0 && seen.length > 0 && !lied ? [...wrongs, `${created} unscheduled batches are left.`] : wrongs;
}

interface Row {
  contact_number: string;
  result: string;
  execution_id: string;
}

async function wrongResults(world: World): Promise<string[]> {
  const { run, rig, shape, campaignId } = world;
  if (!run?.end || run.end === 'terminated' || run.errorType === 'OtherContacts') return [];
  const text = await rig.file(campaignId, 'results.csv').catch(() => undefined);
  const memo = (await world.handle.describe()).memo?.result as CampaignResult | undefined;
  // A cancel before the file was read leaves no results.
  if (memo?.files === null && run.end === 'canceled') return [];
  if (text === undefined) return ['There is no results.csv.'];
  const rows = parse(text, { columns: true }) as Row[];
  const wrongs: string[] = [];
  const total = Object.values(memo?.outcomes ?? {}).reduce((sum, n) => sum + n, 0);
  if (rows.length !== rowsOf(shape)) wrongs.push(`results.csv has ${rows.length} lines, the file ${rowsOf(shape)}.`);
  if (total !== rowsOf(shape)) wrongs.push(`The outcomes add up to ${total}, not to ${rowsOf(shape)}.`);
  const executions = new Map(
    rig.simulator
      .batches()
      .filter(({ deleted }) => !deleted)
      .flatMap((batch: Readonly<Batch>) => batch.executions.map((execution) => [execution.id, execution] as const)),
  );
  for (const row of rows) wrongs.push(...wrongRow(world, run, row, executions));
  return wrongs;
}

function wrongRow(world: World, run: Run, row: Row, executions: ReadonlyMap<string, Execution>): string[] {
  const { contact_number: number, result } = row;
  if (result === 'rejected' || result === 'duplicate') return [];
  const wrong = (what: string) => [`${number} is "${result}" in results.csv, ${what}.`];
  const dials = world.rig.simulator.dials(number).length;
  const execution = executions.get(row.execution_id);
  if (result === 'suppressed') {
    if (!isSuppressed(world, number)) return wrong('and nobody has asked for that');
    return dials > 0 ? wrong(`and was called ${dials} times`) : [];
  }
  if (run.end !== 'canceled' && isAnswered(world, number)) return wrong('and was answered to be suppressed');
  if (result === 'not-called') return dials > 0 ? wrong(`and was called ${dials} times`) : [];
  const endsUnclear = execution !== undefined && world.rig.simulator.endsUnclear(execution);
  if (result === 'unsettled') {
    const canBe = endsUnclear || run.end === 'canceled' || run.end === 'failed' || run.reason?.includes('giveUpAfter');
    return canBe ? [] : wrong(`though the campaign ended ${run.end}`);
  }
  if (!execution) return wrong('and Bolna has no such execution');
  if (endsUnclear) return wrong('and Bolna shows its end in a word that nobody knows');
  if (execution.contact.number !== number) return wrong(`with the execution of ${execution.contact.number}`);
  const isLater = (dial: Dial) => dial.at > (run.closedAt ?? 0) && isOwnRetry(world, dial);
  if (run.end === 'canceled' && world.rig.simulator.dials(number).some(isLater)) return [];
  const isVoicemail = execution.status === 'completed' && execution.outcome?.voicemail;
  const ended = isVoicemail ? 'voicemail' : execution.status;
  return ended === result ? [] : wrong(`and "${ended}" at Bolna`);
}

async function wrongReplays(world: World): Promise<string[]> {
  const wrongs: string[] = [];
  const { workflow } = world.rig.client;
  const { campaignId: workflowId } = world;
  for (const runId of world.runIds) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    const children = (history.events ?? []).flatMap((event) => {
      const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
      return child?.workflowId && child.runId ? [workflow.getHandle(child.workflowId, child.runId)] : [];
    });
    const histories = [{ workflowId, history }];
    for (const child of children) {
      histories.push({ workflowId: child.workflowId, history: await child.fetchHistory() });
    }
    for (const each of histories) {
      await world.stage.replays.replay(each).catch((error: unknown) => {
        wrongs.push(`The history of ${each.workflowId} does not replay: ${error}`);
      });
    }
  }
  return wrongs;
}
