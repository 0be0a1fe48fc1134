import { getExternalWorkflowHandle, patched, setHandler, TemporalFailure } from '@temporalio/workflow';
import { attentionOf } from './attention';
import { oneLine } from './halt';
import { isHaltShown } from './halted';
import { type BatchAttention, batchAttentionSignal } from './messages';
import { ATTENTION_KINDS, type CampaignState, hasEnded } from './state';

/** So often one run of a batch tells its campaign: what comes and goes for a week must not fill their histories. */
const MOST_TELLINGS = 10;
/** A few sentences, and no more. */
const LONGEST = 1_000;
const BATCH_ID = /^[\w-]{1,100}$/;
const DESCRIPTION =
  'Sent by a batch of the campaign when a person should act on it, and when that is over. Not to be sent by hand.';

/**
 * Tells the campaign of one of its batches whenever the reason changes for which a person should act on that batch.
 * @returns call it whenever the batch's state may have changed
 */
export function tellingCampaign(campaignId: string, part: number, state: CampaignState): () => void {
  let tellings = 0;
  return () => {
    const attention = attentionOf(state);
    // How it ended, the campaign learns from the workflow itself.
    if (attention?.kind === state.toldAttention || tellings >= MOST_TELLINGS || hasEnded(state)) return;
    if (!patched('tell-campaign-attention')) return;
    state.toldAttention = attention?.kind;
    tellings++;
    const haltShown = state.halt !== undefined && isHaltShown(state);
    const report = {
      part,
      attention: attention ?? null,
      ...(state.batch && { batchId: state.batch.batchId }),
      ...(haltShown && { haltShown }),
    };
    const campaign = getExternalWorkflowHandle(campaignId);
    // A campaign that has ended needs no telling.
    void campaign.signal(batchAttentionSignal, report).catch((error: unknown) => {
      if (!(error instanceof TemporalFailure)) throw error;
    });
  };
}

/** Notes on which batches a person should act. Call before the first await. */
export function listenForBatches(state: CampaignState, changed: () => void): void {
  setHandler(
    batchAttentionSignal,
    (report) => {
      const { part, attention, batchId, haltShown } = checked(report);
      if (part === undefined || state.ends?.[part - 1] !== null) return;
      const { [part]: before, ...others } = state.batchAttention ?? {};
      if (attention) state.batchAttention = { ...others, [part]: attention };
      else if (before) state.batchAttention = others;
      if (batchId !== undefined) state.batchIds = { ...state.batchIds, [part]: batchId };
      if (haltShown) state.haltShown = [...new Set([...(state.haltShown ?? []), part])];
      changed();
    },
    { description: DESCRIPTION },
  );
}

/** Anyone who can signal may send anything. */
function checked(report: unknown): Partial<BatchAttention> {
  const { part, attention, batchId, haltShown } = (
    typeof report === 'object' && report !== null ? report : {}
  ) as Partial<BatchAttention>;
  if (typeof part !== 'number' || !Number.isInteger(part)) return {};
  const isKnown = typeof attention === 'object' && attention !== null && ATTENTION_KINDS.includes(attention.kind);
  return {
    part,
    haltShown: haltShown === true,
    ...(typeof batchId === 'string' && BATCH_ID.test(batchId) && { batchId }),
    attention: isKnown ? { kind: attention.kind, text: oneLine(attention.text, LONGEST) } : null,
  };
}
