import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time';
import { attentionOfCallbacks } from '../../workflows/attention';
import { ATTRIBUTES } from '../../workflows/attributes';
import type { CallbackAsk, CallbackEnd } from '../../workflows/callback';
import {
  type CallbackNews,
  callbackWorkflowId,
  campaignOfCallbacks,
  type LateEvent,
} from '../../workflows/callback-events';
import { resendSignal } from '../../workflows/messages';
import { CALLBACK_UNDELIVERED } from '../../workflows/state';
import { count } from '../../workflows/words';
import { ChangeRefusedError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { recordedInput } from './recorded-input';
import { describeCampaign } from './standing';

/** What a campaign's callback was told, and what not. */
export interface CallbackStatus extends CallbackNews {
  campaignId: string;
  /** The event that the receiver has not accepted for at least an hour, and that is still being tried; null if there is no such event. */
  late: LateEvent | null;
  /** The event that is being sent, where the receiver has not accepted it yet; null where none is. */
  trying: { attempt: number; lastError: string | null } | null;
}

/** What becomes of a request to send callbacks again. */
export interface ResentCallbacks {
  campaignId: string;
  /** Events that are being sent: those that were given up, and the one whose next attempt is made now. */
  events: number;
  /** What that means, in a sentence. */
  says: string;
}

/** The same, and the workflow that tells it. */
interface Found {
  status: CallbackStatus;
  /** Whether the event that is tried waits for its next attempt: else one is due, or under way. */
  waits: boolean;
  workflow: WorkflowExecutionDescription;
}

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** PENDING_ACTIVITY_STATE_STARTED in Temporal's API: an attempt is under way. */
const STARTED = 2;

/** The time-skipping server calls it started still when the attempt has failed; it has a time of its end then. */
function isUnderWay({ state, lastStartedTime, lastAttemptCompleteTime: ended }: PendingActivity): boolean {
  return state === STARTED && !(ended && tsToMs(ended) >= tsToMs(lastStartedTime));
}

const NOTHING = { delivered: 0, gone: false, late: null, undelivered: [] } satisfies CallbackNews;

/**
 * What the callback of a campaign was told: needs no worker.
 * @returns undefined where the campaign has no callback, or has told it nothing yet
 * @throws CampaignNotFoundError
 */
export async function callbackStatus(client: Client, campaignId: string): Promise<CallbackStatus | undefined> {
  return (await find(client, campaignId))?.status;
}

async function find(client: Client, campaignId: string): Promise<Found | undefined> {
  const { raw } = await describeCampaign(client, campaignId);
  // The run of a campaign that was reset has another ID.
  const firstRunId = raw.workflowExecutionInfo?.firstRunId ?? '';
  try {
    const workflow = await client.workflow.getHandle(callbackWorkflowId(campaignId, firstRunId)).describe();
    const news = { ...NOTHING, ...(workflow.memo?.callbacks as CallbackNews | undefined) };
    const sending = workflow.raw.pendingActivities?.find(
      ({ activityType }) => activityType?.name === 'deliverCallback',
    );
    const trying = sending ? { attempt: sending.attempt ?? 1, lastError: sending.lastFailure?.message ?? null } : null;
    const waits = sending !== undefined && (sending.attempt ?? 1) > 1 && !isUnderWay(sending);
    return { status: { campaignId, ...news, trying }, waits, workflow };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/**
 * Sends again what the callback was not told, in its order, with the same event IDs: what was given up, and at once what waits for its
 * next attempt. Returns once Temporal has the request.
 * @throws CampaignNotFoundError
 * @throws ChangeRefusedError where there is nothing to send again
 */
export async function resendCallbacks(client: Client, campaignId: string): Promise<ResentCallbacks> {
  for (;;) {
    const found = await find(client, campaignId);
    if (!found) throw refused(campaignId, 'has no callback, or has told it nothing yet');
    const { status, waits, workflow } = found;
    const givenUp = status.undelivered.length;
    const events = givenUp + (waits ? 1 : 0);
    if (status.gone)
      throw refused(campaignId, 'sends nothing again: its receiver answered 410, which ends its callbacks');
    if (events === 0 && status.trying)
      return { campaignId, events, says: 'Nothing is sent again: an attempt at the callback is being made right now.' };
    if (events === 0) throw refused(campaignId, 'has no callback to send again: all it has told were delivered');
    if (!CAN_RESEND.has(workflow.status.name))
      throw refused(campaignId, 'sends nothing again: an operator has ended its callbacks in Temporal');
    try {
      await sendAgain(client, workflow);
      const says =
        givenUp === 0
          ? 'The next attempt at the callback is made now.'
          : `${count(events, 'callback is', 'callbacks are')} being sent again.`;
      return { campaignId, events, says };
    } catch (error) {
      // It has ended since, or another request has begun it again.
      if (!(error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError))
        throw error;
    }
  }
}

const CAN_RESEND: ReadonlySet<string> = new Set(['RUNNING', 'COMPLETED']);

/** What tells the events is told to; where it has ended, its result has them, and another run of it sends them. */
async function sendAgain(client: Client, { workflowId, runId, taskQueue, status }: WorkflowExecutionDescription) {
  const handle = client.workflow.getHandle(workflowId, runId);
  if (status.name === 'RUNNING') return handle.signal(resendSignal);
  const { undelivered = [] } = (await handle.result()) as CallbackEnd;
  // What a run of a long history was handed is over with it.
  const { carried: _, ...ask } = (await recordedInput(client, workflowId, runId)) as CallbackAsk;
  await client.workflow.start('callbackWorkflow', {
    workflowId,
    taskQueue,
    args: [{ ...ask, undelivered }],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `Callbacks of campaign ${ask.campaignId}, sent again`,
  });
}

function refused(campaignId: string, why: string): ChangeRefusedError {
  return new ChangeRefusedError(campaignId, 'standing', `Campaign ${campaignId} ${why}.`);
}

/** Memo of a campaign, as far as it tells of a callback. */
interface Told {
  workflowId: string;
  memo?: Record<string, unknown> | undefined;
}

/**
 * A campaign's progress with what its callback was not told, where nothing more urgent needs attention. Of campaigns that this library
 * has started, only those with a callback are asked for it.
 */
export async function withCallbacks(client: Client, { workflowId, memo }: Told, progress: LiveProgress) {
  if (progress.attention || (memo?.agentId !== undefined && memo.callback !== true)) return progress;
  const status = await callbackStatus(client, workflowId);
  const attention = status && attentionOfCallbacks(workflowId, status, status.trying?.lastError);
  return attention ? { ...progress, attention } : progress;
}

/** Campaigns that a list asks for because of their callbacks: a query of Temporal's has its bounds. */
const MOST_LISTED = 100;

/** IDs of campaigns whose callback may not have been told everything, where the server knows the search attributes. */
export async function withUndelivered(client: Client): Promise<string[]> {
  const query = `WorkflowType = 'callbackWorkflow' AND ${ATTRIBUTES.attention.name} = '${CALLBACK_UNDELIVERED}'`;
  const ids = new Set<string>();
  for await (const { workflowId } of client.workflow.list({ query, pageSize: MOST_LISTED })) {
    ids.add(campaignOfCallbacks(workflowId));
    if (ids.size >= MOST_LISTED) break;
  }
  return [...ids];
}
