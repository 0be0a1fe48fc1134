import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { isOfNoUse } from '../egress/errors';
import { errorCode } from '../storage/error-code';
import { askedWait } from './asked-wait';
import { messageId, signed } from './callback-signature';
import type { ActivityContext } from './context';
import { durably } from './durably';
import { again, finalFailure } from './failures';
import type { CallbackIsUnwanted, CallbackOutcome, CampaignIsOver, DeliverCallback } from './types';

const NO_SECRET =
  'Callbacks are signed, and the workers have no secret for that: set CAMPAIGN_CALLBACK_SECRET (or CAMPAIGN_CALLBACK_SECRET_FILE)';

/**
 * To be called before anybody is.
 * @throws ApplicationFailure `InvalidCallback` where callbacks could not be signed, or the address itself says that it is not public
 */
export async function refuseCallback(
  { outside, callbackSecrets }: ActivityContext,
  callbackUrl: string | undefined,
): Promise<void> {
  if (callbackUrl === undefined) return;
  if (!callbackSecrets) {
    throw finalFailure(`${NO_SECRET}, or start the campaign without callbackUrl.`, 'InvalidCallback');
  }
  try {
    outside.check(callbackUrl);
  } catch (error) {
    if (!isOfNoUse(error)) throw error;
    throw finalFailure(`callbackUrl: ${error.message}`, 'InvalidCallback');
  }
}

/**
 * Tells the campaign's callback one event. An answer 2xx takes it, 410 wants no more; anything else is tried again, as long as the
 * workflow says, and not before the time that the answer names. Redirects are not followed: the answer of another address is not the callback's.
 */
export function deliverCallback(context: ActivityContext, ask: DeliverCallback): Promise<CallbackOutcome> {
  const { outside, callbackSecrets, now } = context;
  return durably({ keyMayBeMended: true, tellsTrouble: false }, async ({ signal }) => {
    if (!callbackSecrets) throw again(new Error(`${NO_SECRET}.`), 'CallbackUnsigned');
    const secrets = await callbackSecrets().catch(() => {
      throw again(new Error('The file of CAMPAIGN_CALLBACK_SECRET_FILE holds no secret.'), 'CallbackUnsigned');
    });
    const body = JSON.stringify(ask.event);
    const { info } = Context.current();
    const id = messageId(info.workflowExecution?.workflowId ?? ask.campaignId, ask.fact);
    const headers = signed(secrets, id, await now(), body);
    const { status, retryAfter } = await outside.post(ask.url, body, headers, signal).catch((error: unknown) => {
      // Its time-out as well, but not where nobody wants this attempt any more.
      signal.throwIfAborted();
      throw again(new Error(`The callback cannot be reached: ${reasonOf(error)}.`), 'CallbackUnreachable');
    });
    if (status >= 200 && status < 300) return 'delivered';
    if (status === 410) return 'gone';
    const wait = askedWait(retryAfter, await now(), info);
    throw again(new Error(`The callback answered ${status}.`), 'CallbackRefused', wait);
  });
}

/** Whether a campaign tells nothing more: an operator can end its workflow without it having a word in that. */
export function campaignIsOver({ campaignId }: CampaignIsOver): Promise<boolean> {
  return durably({ keyMayBeMended: false }, async () => {
    try {
      const { status } = await Context.current().client.workflow.getHandle(campaignId).describe();
      return status.name !== 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return true;
      throw error;
    }
  });
}

/** One that failed, or ran out of time, nobody has ended: the next event begins another. */
const ENDED_BY_OPERATOR: ReadonlySet<string> = new Set(['CANCELLED', 'TERMINATED']);

/**
 * Whether a callback is to be told no more: it said so (410), or an operator ended what told it. Where the campaign's end was told,
 * whoever has news since is another run of a campaign that was reset.
 */
export function callbackIsUnwanted({ workflowId }: CallbackIsUnwanted): Promise<boolean> {
  return durably({ keyMayBeMended: false }, async () => {
    const handle = Context.current().client.workflow.getHandle<() => Promise<{ gone: boolean }>>(workflowId);
    try {
      const { status } = await handle.describe();
      if (status.name === 'COMPLETED') return (await handle.result()).gone;
      return ENDED_BY_OPERATOR.has(status.name);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  });
}

/** Never the address: a part of it may be a secret. */
function reasonOf(error: unknown): string {
  if (isOfNoUse(error)) return error.message.replace(/\.$/, '');
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time';
  return errorCode(error) ?? 'the connection failed';
}
