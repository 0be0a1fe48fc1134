import { setHandler } from '@temporalio/workflow';
import { z } from 'zod';
import type { Batch } from './context';
import { isHaltShown } from './halted';
import {
  CANCEL_DESCRIPTION,
  cancelUpdate,
  type HaltAnswer,
  type HaltRequest,
  STOP_DESCRIPTION,
  stopUpdate,
} from './messages';
import { by, check, refuseAtEnd, tooLate, within } from './requests';
import { type CampaignState, type Halt, hasEnded } from './state';
import { count, stopInDashboard } from './words';

/** So long an answer waits for Bolna to show the halt. A person waits for it, and the order stands without it. */
const PATIENCE_MS = 60_000;

const haltRequest = z
  .strictObject({ reason: z.string().max(500, 'must be 500 characters at most.').optional(), by: by() })
  .nullish();

/**
 * Takes the updates `stop` and `cancel`: what the signals of these names ask for, checked and answered. To be called before the
 * first await.
 */
export function takeHalts(batch: Batch): void {
  setHandler(stopUpdate, (request) => halt(batch, 'stop', request), {
    description: STOP_DESCRIPTION,
    validator: (request) => {
      refuse(batch, request);
      if (batch.state.halt?.kind === 'cancel')
        throw tooLate('The campaign was asked to cancel already, which is more than a stop: wait for its end.');
    },
  });
  setHandler(cancelUpdate, (request) => halt(batch, 'cancel', request), {
    description: CANCEL_DESCRIPTION,
    validator: (request) => {
      refuse(batch, request);
      if (batch.state.halt?.kind === 'cancel')
        throw tooLate('The campaign was asked to cancel already: wait for its end.');
    },
  });
}

function refuse({ state }: Batch, request: unknown): void {
  check(haltRequest, request);
  refuseAtEnd(state);
}

async function halt(
  { state, halts }: Batch,
  kind: Halt['kind'],
  request: HaltRequest | null | undefined,
): Promise<HaltAnswer> {
  halts.ask(kind, request ?? {});
  await within(PATIENCE_MS, () => isShown(state));
  return answerOf(state);
}

/** Whether Bolna shows that nobody else is called. Of several batches each halts by itself: it is told when all have ended. */
function isShown(state: CampaignState): boolean {
  if (hasEnded(state)) return true;
  const { ends, halt, stage } = state;
  if (ends) return stage === 'collecting' && !ends.some((end) => end?.mayStillCall && end.halt !== halt?.kind);
  return isHaltShown(state);
}

function answerOf(state: CampaignState): HaltAnswer {
  const shown = isShown(state);
  const calledNobody = shown ? !mayHaveCalled(state) : null;
  const onTheLine = calledNobody ? 0 : (state.look?.onTheLine ?? 0);
  return {
    says: inWords({ shown, calledNobody, onTheLine }, state),
    state: state.stage,
    shown,
    calledNobody,
    onTheLine,
  };
}

function mayHaveCalled({ started, ends }: CampaignState): boolean {
  return ends ? ends.some((end) => end?.called) : started !== false;
}

function inWords(
  { shown, calledNobody, onTheLine }: Pick<HaltAnswer, 'shown' | 'calledNobody' | 'onTheLine'>,
  { halt, batch, ends }: CampaignState,
): string {
  if (!shown)
    return `${stopInDashboard(batch?.batchId, ends !== undefined)} The order stands and outlives any crash; Bolna does not show yet that nobody else is called.`;
  if (calledNobody) return 'Nobody was called, and nobody is.';
  const lines = count(onTheLine, 'call');
  if (onTheLine === 0) return 'Nobody else is called.';
  return halt?.kind === 'stop'
    ? `Nobody else is called; ${lines} on the line may finish, and every result is collected.`
    : `Nobody else is called; ${lines} on the line go on, and nothing is waited for.`;
}
