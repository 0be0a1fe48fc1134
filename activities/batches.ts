import { isBolnaError } from '../bolna/errors';
import type { Batch } from '../bolna/schemas';
import { roundedStart, schedulableFrom, startToRequest } from '../bolna/start-time';
import { campaignFiles } from '../storage/campaign-files';
import { belongsTo, furthestAlong } from './campaign-batches';
import type { ActivityContext } from './context';
import { type Attempt, durably } from './durably';
import { finalFailure } from './failures';
import { batchLost, calledNobody, claimRecord, forgetRecord, readRecord, refuseOtherContacts } from './schedule-record';
import type { CreateBatch, CreatedBatch, ScheduleBatch, ScheduleOutcome } from './types';

/** A start that arrives too late is asked for again, further ahead each time; clocks differ, but not by more than this. */
const MOST_START_REFUSALS = 5;

/**
 * Makes the campaign's batch, or finds the one there is. Killed at any line and run again, it leaves at worst a twin that
 * was never scheduled: a created batch calls nobody.
 */
export function createBatch(context: ActivityContext, ask: CreateBatch): Promise<CreatedBatch> {
  return durably({ keyMayBeMended: false }, async (attempt) => {
    const found = await findBatch(context, ask);
    if (found) return { ...shown(found), adopted: true };
    return { ...(await create(context, ask, attempt)), adopted: false };
  });
}

async function findBatch(context: ActivityContext, ask: CreateBatch): Promise<Batch | undefined> {
  const { bolna, storage } = context;
  const record = await readRecord(storage, ask.campaignId);
  if (record) {
    refuseOtherContacts(ask.campaignId, record.fileName, ask.fileName);
    try {
      return await bolna.getBatch(record.batchId);
    } catch (error) {
      if (!isBolnaError(error, 'not-found')) throw error;
      if (!calledNobody(record, await context.now())) throw batchLost(ask.campaignId, record);
      await forgetRecord(storage, ask.campaignId);
    }
  }
  const ours = (await bolna.listBatches(ask.agentId)).filter((batch) => belongsTo(ask.campaignId, batch));
  for (const { fileName, phase } of ours) {
    if (phase !== 'created') refuseOtherContacts(ask.campaignId, fileName ?? '', ask.fileName);
  }
  return furthestAlong(ours.filter((batch) => batch.fileName === ask.fileName));
}

async function create(
  { bolna, storage }: ActivityContext,
  ask: CreateBatch,
  attempt: Attempt,
): Promise<Omit<CreatedBatch, 'adopted'>> {
  const { contacts } = campaignFiles(ask.campaignId);
  const csvBytes = (await storage.size(contacts)) ?? 0;
  const csv = await storage.read(contacts);
  attempt.assertWanted();
  const { batchId } = await bolna.createBatch({
    agentId: ask.agentId,
    fileName: ask.fileName,
    csv,
    csvBytes,
    fromPhoneNumbers: ask.fromPhoneNumbers,
    retryConfig: ask.retry,
    webhookUrl: ask.webhookUrl,
  });
  return { batchId, status: 'created', phase: 'created', startsAt: undefined };
}

/**
 * Schedules the campaign's batch, once: a batch that is scheduled or beyond is left as it is. Killed at any line and run
 * again, it reads what Bolna shows before it sends anything.
 */
export function scheduleBatch(context: ActivityContext, ask: ScheduleBatch): Promise<ScheduleOutcome> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const batch = await readBatch(context, ask);
    if (batch.phase !== 'created') return { outcome: 'scheduled', ...shown(batch) };

    const { rules } = context;
    const now = await context.now();
    const from = schedulableFrom(ask.startAt ?? now, rules);
    if (from > now) return { outcome: 'too-early', from };
    // After a refusal the lead grows: the two clocks may differ.
    const start = startToRequest(now, ask.startAt, context.leadMs + (attempt.number - 1) * rules.minuteMs);
    const nextStart = roundedStart(start, rules);
    if (nextStart > ask.startBy) return { outcome: 'missed', nextStart };

    const record = { batchId: ask.batchId, fileName: ask.fileName, requestedStart: start, roundedStart: nextStart };
    const standing = await claimRecord(context.storage, ask.campaignId, record);
    if (standing.batchId !== ask.batchId) return superseded(context, ask, standing.batchId);
    return sendStart(context, ask, start, attempt);
  });
}

async function readBatch({ bolna, storage, now }: ActivityContext, ask: ScheduleBatch): Promise<Batch> {
  try {
    return await bolna.getBatch(ask.batchId);
  } catch (error) {
    if (!isBolnaError(error, 'not-found')) throw error;
    const record = await readRecord(storage, ask.campaignId);
    if (record && !calledNobody(record, await now())) throw batchLost(ask.campaignId, record);
    const message = `Batch ${ask.batchId} was deleted at Bolna before it began; nobody was called. Start the campaign again to make a new one.`;
    throw finalFailure(message, 'BatchDeleted');
  }
}

/** Another batch of this campaign holds the record. It is the campaign's, unless it is gone and called nobody. */
async function superseded(context: ActivityContext, ask: ScheduleBatch, by: string): Promise<ScheduleOutcome> {
  try {
    await context.bolna.getBatch(by);
    return { outcome: 'superseded', by };
  } catch (error) {
    if (!isBolnaError(error, 'not-found')) throw error;
    const record = await readRecord(context.storage, ask.campaignId);
    if (record && !calledNobody(record, await context.now())) throw batchLost(ask.campaignId, record);
    await forgetRecord(context.storage, ask.campaignId);
    return { outcome: 'superseded', by: ask.batchId };
  }
}

async function sendStart(
  { bolna, rules }: ActivityContext,
  ask: ScheduleBatch,
  start: number,
  attempt: Attempt,
): Promise<ScheduleOutcome> {
  attempt.assertWanted();
  let named: number | undefined;
  try {
    const options = { bypassCallGuardrails: ask.bypassCallGuardrails };
    named = (await bolna.scheduleBatch(ask.batchId, start, options)).startsAt;
  } catch (error) {
    // The one refusal worth another try: a start that is too near or too far is computed anew.
    if (isBolnaError(error, 'refused') && error.status === 400 && attempt.number < MOST_START_REFUSALS) {
      throw new Error(error.message, { cause: error });
    }
    throw error;
  }
  const batch = await bolna.getBatch(ask.batchId);
  const expected = roundedStart(start, rules);
  const startsAt = batch.scheduledAt ?? named ?? expected;
  const note =
    Math.abs(startsAt - expected) < 1000
      ? undefined
      : `Bolna starts the batch at ${new Date(startsAt).toISOString()}; its rounding rule says ${new Date(expected).toISOString()}. Bolna is believed.`;
  const { status, phase } = batch;
  return { outcome: 'scheduled', status, phase, startsAt, ...(note !== undefined && { note }) };
}

function shown({ batchId, status, phase, scheduledAt }: Batch): Omit<CreatedBatch, 'adopted'> {
  return { batchId, status, phase, startsAt: scheduledAt };
}
