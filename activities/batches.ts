import { isBolnaError } from '../bolna/errors';
import type { Batch } from '../bolna/schemas';
import { roundedStart, schedulableFrom, startToRequest } from '../bolna/start-time';
import { areAllPrepared } from '../bolna/statuses';
import type { NumberSet } from '../contacts/number-set';
import { canBeMadeAnew } from './anew';
import { batchWorkflowId } from './batch-workflow-id';
import {
  areOfOneKind,
  areOfSameRows,
  batchFileName,
  belongsTo,
  furthestAlong,
  nameWithout,
  ordersLeftOut,
} from './campaign-batches';
import type { ActivityContext } from './context';
import { awaitClarity, type DoubtMemory, lookClosely } from './doubt';
import { type Attempt, durably } from './durably';
import { again, finalFailure } from './failures';
import { contactsLeft, latestOrderOf, mindedUpTo, numbersOf, readOrders, rowsLeft } from './late-suppression';
import { confirmGone, look } from './missing';
import {
  batchLost,
  calledNobody,
  claimStart,
  forgetRecord,
  type Held,
  holdRecord,
  leaveOut,
  markDeleting,
  movedBatches,
  type Outdated,
  ownRecord,
  refuseOtherAccount,
  refuseOtherContacts,
  type ScheduleRecord,
} from './schedule-record';
import { openContacts } from './split';
import type { CreateBatch, CreatedBatch, ScheduleBatch, ScheduleOutcome } from './types';
import { mayHaveStart } from './unstarted';
import { refuseLowWallet } from './wallet';
import { refuseWrongClock } from './wrong-clock';

/** A start that arrives too late is asked for again, further ahead each time; clocks differ, but not by more than this. */
const MOST_START_REFUSALS = 5;

/** What one attempt tells the next. */
interface Memory extends DoubtMemory {
  /** Looks in a row that have not found the batch. */
  missing?: number;
  /** Starts that Bolna has refused. */
  refusals?: number;
}

const TAKEN_AS_SCHEDULED =
  "It may have begun, so no start was sent to it. Check the batch in Bolna's dashboard if no calls are made.";
/** Bolna documents `scheduled_at` for every batch, and does not say that it is always there. */
const START_UNKNOWN =
  "Bolna says that the batch is scheduled, and not for when. Check its start in Bolna's dashboard if no calls are made.";
const SCHEDULED_ALL_THE_SAME = 'Nothing showed that it had a start, so its start was sent.';

type BatchKey = Pick<CreateBatch, 'campaignId' | 'agentId' | 'fileName' | 'part'>;

/**
 * Makes the campaign's batch, or finds the one there is. Killed at any line and run again, it leaves at worst a twin that
 * was never scheduled: a created batch calls nobody.
 */
export function createBatch(context: ActivityContext, ask: CreateBatch): Promise<CreatedBatch> {
  return durably({ keyMayBeMended: false }, async (attempt) => {
    const orders = await readOrders(context.storage, ask.campaignId);
    const leftOut = latestOrderOf(orders, ask);
    const name = nameWithout(batchFileName(ask), leftOut);
    const found = await findBatch(context, ask, name, attempt);
    if (found) {
      const { batch, leftOut } = found;
      return { ...shown(batch), adopted: true, leftOut, ...(await rowsOf(context, ask, leftOut)) };
    }
    await refuseLowWallet(context, ask);
    const ownAddress = ownAddressOf(context, ask);
    const upload = { ...ask, name, webhookUrl: ask.webhookUrl ?? ownAddress };
    const made = await create(context, upload, numbersOf(orders), attempt);
    const created: CreatedBatch = {
      ...{ batchId: made ?? '', status: 'created', phase: 'created', startsAt: undefined, adopted: false, leftOut },
    };
    if (made === undefined) return { ...created, nobodyLeft: true };
    const rows = await rowsOf(context, ask, leftOut);
    return { ...created, ...rows, ...(ownAddress !== undefined && { hooked: true }) };
  });
}

async function rowsOf({ storage }: ActivityContext, ask: CreateBatch, leftOut: number): Promise<{ rows?: number }> {
  return leftOut === 0 ? {} : { rows: await rowsLeft(storage, ask, leftOut) };
}

/** Where Bolna is to tell that there is news; undefined where the caller wants to be told himself, or nobody can be. */
function ownAddressOf(
  { webhooks }: ActivityContext,
  { campaignId, part, webhookUrl }: CreateBatch,
): string | undefined {
  if (webhookUrl !== undefined) return undefined;
  return webhooks?.addressOf(part === undefined ? campaignId : batchWorkflowId(campaignId, part));
}

async function findBatch(
  context: ActivityContext,
  ask: CreateBatch,
  name: string,
  attempt: Attempt,
): Promise<{ batch: Batch; leftOut: number } | undefined> {
  const { storage } = context;
  const { campaignId, agentId } = ask;
  const record = await ownRecord(context, ask);
  if (record) {
    refuseOtherContacts(campaignId, record, batchFileName(ask));
    const batch = await look(context, record.batchId);
    if (batch) {
      await markDeleting(storage, ask, record, false);
      return { batch, leftOut: record.leftOut ?? leftOutOf(ask, batch) };
    }
    await gone(context, agentId, record.batchId, attempt);
    if (!(await calledNobody(context, record))) throw batchLost(campaignId, record);
    await forgetRecord(storage, ask, record);
  }
  const batch = furthestAlong(await batchesOf(context, ask, name, attempt));
  return batch && { batch, leftOut: leftOutOf(ask, batch) };
}

/** Which suppression orders a batch was made without the contacts of, where Bolna's answer may lack its name. */
function leftOutOf(ask: { campaignId: string; leftOut?: number | undefined }, batch: Batch): number {
  return ask.leftOut ?? ordersLeftOut(ask.campaignId, batch) ?? 0;
}

/**
 * The campaign's batches with these contacts.
 * @param name which of those to return that call nobody: others were made before more contacts were suppressed
 * @throws ApplicationFailure `OtherContacts` where others may be called
 */
async function batchesOf(context: ActivityContext, key: BatchKey, name: string, attempt: Attempt): Promise<Batch[]> {
  const { bolna, storage } = context;
  const { campaignId, agentId } = key;
  const fileName = batchFileName(key);
  const moved = await movedBatches(storage, key);
  // A list may lag behind what was deleted.
  const ours = (await bolna.listBatches(agentId, campaignId)).filter(
    (batch) => belongsTo({ campaignId }, batch) && !moved.includes(batch.batchId),
  );
  for (const batch of ours) {
    if (areOfOneKind(campaignId, batch.fileName ?? '', fileName)) continue;
    const doubt = await awaitClarity(context, attempt, batch);
    if (batch.phase !== 'created') refuseOtherContacts(campaignId, batch, fileName, doubt);
  }
  const kept: Batch[] = [];
  for (const batch of ours) {
    if (batch.fileName === name) kept.push(batch);
    else if (
      areOfSameRows(campaignId, batch.fileName ?? '', fileName) &&
      (await mayHaveStart(context, key, batch, attempt))
    )
      kept.push(batch);
  }
  return kept;
}

async function gone(context: ActivityContext, agentId: string, batchId: string, attempt: Attempt): Promise<void> {
  const memory = attempt.memory as Memory | undefined;
  const missing = (memory?.missing ?? 0) + 1;
  attempt.remember({ ...memory, missing } satisfies Memory);
  await confirmGone(context, agentId, batchId, missing);
}

/** @returns the batch's ID; undefined where every one of its contacts is suppressed */
async function create(
  { bolna, storage }: ActivityContext,
  ask: CreateBatch & { name: string },
  suppressed: NumberSet,
  attempt: Attempt,
): Promise<string | undefined> {
  const upload =
    suppressed.size === 0 ? await openContacts(storage, ask) : await contactsLeft(storage, ask, suppressed);
  if (upload === undefined) return undefined;
  const { csv, bytes: csvBytes } = upload;
  try {
    attempt.assertWanted();
    const { batchId } = await bolna.createBatch({
      agentId: ask.agentId,
      fileName: ask.name,
      csv,
      csvBytes,
      fromPhoneNumbers: ask.fromPhoneNumbers,
      retryConfig: ask.retry,
      webhookUrl: ask.webhookUrl,
    });
    return batchId;
  } finally {
    // A request that failed early has not read it to its end: an outage must not use up the files a process may open.
    csv.destroy();
  }
}

/**
 * Schedules the campaign's batch, once: a batch that is scheduled or beyond is left as it is. Killed at any line and run
 * again, it reads what Bolna shows before it sends anything.
 */
export function scheduleBatch(context: ActivityContext, ask: ScheduleBatch): Promise<ScheduleOutcome> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    if ((await movedBatches(context.storage, ask)).includes(ask.batchId)) {
      const record = await ownRecord(context, ask);
      return record ? { outcome: 'superseded', by: record.batchId } : { outcome: 'moved' };
    }
    const { rules } = context;
    // Read where they are kept: a worker of an earlier version drops them from the record of starts when it changes it.
    const orders = latestOrderOf(await readOrders(context.storage, ask.campaignId), ask);
    if (orders > 0) await leaveOut(context.storage, ask, orders);
    const batch = await readBatch(context, ask, attempt);
    const doubt = await awaitClarity(context, attempt, batch);
    const claimed = await ownRecord(context, ask);
    if (isUnderWay(batch, claimed, await context.now())) {
      const standing = await adopt(context, ask, batch);
      const { batchId, orders = 0 } = standing;
      const isOutdated = batchId === ask.batchId && (await mindedIn(context, ask, standing)) < orders;
      if (isOutdated && (await canBeMadeAnew(context, batch, standing, ask)))
        return { outcome: 'outdated', claimed: true };
      // Where this campaign has asked for the start, its record says when.
      const isStartKnown = batch.phase !== 'scheduled' || batch.scheduledAt !== undefined || claimed !== undefined;
      const note = doubt === undefined ? undefined : `${doubt}. ${TAKEN_AS_SCHEDULED}`;
      return noting(note ?? (isStartKnown ? undefined : START_UNKNOWN), { outcome: 'scheduled', ...shown(batch) });
    }
    const name = nameWithout(batchFileName(ask), leftOutOf(ask, batch));
    const first = furthestAlong(await batchesOf(context, ask, name, attempt));
    // What the list says of the batch itself, the look at it has said better.
    if (first && first.batchId !== ask.batchId && first.phase !== 'created')
      return { outcome: 'superseded', by: first.batchId };

    refuseWrongClock(context);
    const now = await context.now();
    const from = schedulableFrom(ask.startAt ?? now, rules);
    if (from > now) return { outcome: 'too-early', from };
    // After a refusal the lead grows: the two clocks may differ.
    const refusals = (attempt.memory as Memory | undefined)?.refusals ?? 0;
    const start = startToRequest(now, ask.startAt, context.leadMs + refusals * rules.minuteMs);
    const nextStart = roundedStart(start, rules);
    if (nextStart > ask.startBy) return { outcome: 'missed', nextStart };

    await refuseLowWallet(context, ask);
    // What was claimed before the order may have its start already: where it cannot be made anew it gets it, and the calls are stopped singly.
    const isKept = claimed?.batchId === ask.batchId && !(await canBeMadeAnew(context, batch, claimed, ask));
    const minded = await mindedIn(context, ask, claimed);
    const held = await claim(context, ask, batch, start, nextStart, { isKept, minded });
    // A claim that another attempt may share is not released here: that one may have sent its start.
    if ('outdated' in held) return { outcome: 'outdated', claimed: held.claimed };
    if (held.record.batchId !== ask.batchId) return superseded(context, ask, held.record, attempt);
    const outcome = await sendStart(context, ask, batch, start, attempt, refusals, held);
    return noting(doubt && `${doubt}. ${SCHEDULED_ALL_THE_SAME}`, outcome);
  });
}

/** The latest suppression order that nothing is to be done for any more in a batch that has its claim; 0 for another one. */
async function mindedIn(
  { storage }: ActivityContext,
  ask: ScheduleBatch,
  claim: ScheduleRecord | undefined,
): Promise<number> {
  if (claim?.batchId !== ask.batchId) return 0;
  return claim.stopped ? mindedUpTo(await readOrders(storage, ask.campaignId), ask, claim) : (claim.leftOut ?? 0);
}

function noting(text: string | undefined, outcome: ScheduleOutcome): ScheduleOutcome {
  if (outcome.outcome !== 'scheduled') return outcome;
  if (text === undefined) return { ...outcome, minded: true };
  return { ...outcome, minded: true, note: outcome.note === undefined ? text : `${text} ${outcome.note}` };
}

/**
 * Whether a batch has its start already. What shows nothing clear for minutes has none by any fact, and would call nobody for
 * ever. Only where the start that this campaign has asked for is past, and the executions do not say that nobody was dialled, it may
 * be running without showing it.
 */
function isUnderWay({ batchId, phase, counts }: Batch, record: ScheduleRecord | undefined, now: number): boolean {
  if (phase !== 'unknown') return phase !== 'created';
  const isUntouched = counts !== undefined && areAllPrepared(counts);
  return !isUntouched && record?.batchId === batchId && now >= record.requestedStart;
}

/** Holds the record for a batch that is under way already, also against one that was never scheduled. */
async function adopt(context: ActivityContext, ask: ScheduleBatch, batch: Batch): Promise<ScheduleRecord> {
  const start = batch.scheduledAt ?? batch.createdAt ?? 0;
  const standing = await hold(context, ask, batch, start);
  if (standing.batchId === ask.batchId) return standing;
  const other = await look(context, standing.batchId);
  if (other && other.phase !== 'created') return standing;
  await forgetRecord(context.storage, ask, standing);
  return hold(context, ask, batch, start);
}

/** Writes down which batch is the one that is scheduled, where it has its start already. */
async function hold(
  context: ActivityContext,
  ask: ScheduleBatch,
  batch: Batch,
  start: number,
): Promise<ScheduleRecord> {
  return own(context, ask, await holdRecord(context.storage, ask, claimOf(context, ask, batch, start, start)));
}

/** The same before anything is sent. */
async function claim(
  context: ActivityContext,
  ask: ScheduleBatch,
  batch: Batch,
  requestedStart: number,
  roundedStart: number,
  orders: { isKept: boolean; minded: number },
): Promise<Held | Outdated> {
  const ours = claimOf(context, ask, batch, requestedStart, roundedStart);
  const held = await claimStart(context.storage, ask, ours, orders);
  if ('record' in held) own(context, ask, held.record);
  return held;
}

function claimOf(
  { account }: ActivityContext,
  ask: ScheduleBatch,
  batch: Batch,
  requestedStart: number,
  roundedStart: number,
) {
  const { batchId } = ask;
  const leftOut = leftOutOf(ask, batch);
  return { batchId, fileName: batchFileName(ask), account, requestedStart, roundedStart, leftOut };
}

function own({ account }: ActivityContext, ask: ScheduleBatch, standing: ScheduleRecord): ScheduleRecord {
  refuseOtherContacts(ask.campaignId, standing, batchFileName(ask));
  refuseOtherAccount(ask.campaignId, standing, account);
  return standing;
}

async function readBatch(context: ActivityContext, ask: ScheduleBatch, attempt: Attempt): Promise<Batch> {
  const batch = await lookClosely(context, ask.batchId, attempt);
  const memory = attempt.memory as Memory | undefined;
  if (batch && memory?.missing) attempt.remember({ ...memory, missing: 0 } satisfies Memory);
  if (batch) return batch;
  await gone(context, ask.agentId, ask.batchId, attempt);
  const record = await ownRecord(context, ask);
  if (record?.batchId === ask.batchId && !(await calledNobody(context, record))) {
    throw batchLost(ask.campaignId, record);
  }
  const message = `Batch ${ask.batchId} was deleted at Bolna before it began; nobody was called. Start the campaign again to make a new one.`;
  throw finalFailure(message, 'BatchDeleted');
}

/** Another batch of this campaign holds the record. It is the campaign's, unless it is gone and called nobody. */
async function superseded(
  context: ActivityContext,
  ask: ScheduleBatch,
  record: ScheduleRecord,
  attempt: Attempt,
): Promise<ScheduleOutcome> {
  if (await look(context, record.batchId)) return { outcome: 'superseded', by: record.batchId };
  await gone(context, ask.agentId, record.batchId, attempt);
  if (!(await calledNobody(context, record))) throw batchLost(ask.campaignId, record);
  await forgetRecord(context.storage, ask, record);
  return { outcome: 'superseded', by: ask.batchId };
}

async function sendStart(
  context: ActivityContext,
  ask: ScheduleBatch,
  before: Batch,
  start: number,
  attempt: Attempt,
  refusals: number,
  held: Held,
): Promise<ScheduleOutcome> {
  const { bolna, rules } = context;
  attempt.assertWanted();
  let named: number | undefined;
  try {
    const options = { bypassCallGuardrails: ask.bypassCallGuardrails };
    named = (await bolna.scheduleBatch(ask.batchId, start, options)).startsAt;
  } catch (error) {
    // An earlier attempt's request may have taken effect only now: then it is scheduled, and this one was refused for that.
    if (isBolnaError(error, 'refused') || isBolnaError(error, 'not-found')) {
      const batch = await look(context, ask.batchId);
      if (batch && batch.phase !== 'created' && batch.phase !== 'unknown')
        return { outcome: 'scheduled', ...shown(batch) };
    }
    // No other attempt has requested a start, so the batch has none. If the claim stayed, a later attempt would take this refused start
    // for a real one once its time had passed.
    if (isBolnaError(error, 'refused') && error.status === 400 && held.isNew) {
      attempt.assertWanted();
      await forgetRecord(context.storage, ask, held.record);
    }
    // The one refusal worth another try: a start that is too near or too far is computed anew.
    if (isBolnaError(error, 'refused') && error.status === 400 && refusals + 1 < MOST_START_REFUSALS) {
      attempt.remember({ ...(attempt.memory as Memory | undefined), refusals: refusals + 1 } satisfies Memory);
      throw again(error, 'StartRefused');
    }
    throw error;
  }
  const batch = await look(context, ask.batchId);
  const expected = roundedStart(start, rules);
  const startsAt = batch?.scheduledAt ?? named ?? expected;
  const note =
    Math.abs(startsAt - expected) < 1000
      ? undefined
      : `Bolna starts the batch at ${new Date(startsAt).toISOString()}; its rounding rule says ${new Date(expected).toISOString()}. Bolna is believed.`;
  // Bolna may begin earlier than it was asked to: the record says when people may first have been called.
  if (startsAt < start) await hold(context, ask, before, startsAt);
  const { status, phase } = batch ?? { status: 'scheduled', phase: 'scheduled' };
  return { outcome: 'scheduled', status, phase, startsAt, ...(note !== undefined && { note }) };
}

function shown({ batchId, status, phase, scheduledAt }: Batch): Omit<CreatedBatch, 'adopted'> {
  return { batchId, status, phase, startsAt: scheduledAt };
}
