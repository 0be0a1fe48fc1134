import { defineSearchAttributeKey, type SearchAttributeUpdatePair } from '@temporalio/common';
import { attentionBesides, attentionOf } from './attention';
import { callsSoFar, startOf } from './ends';
import type { BatchPlan } from './input';
import { type CampaignState, HALT_UNCONFIRMED } from './state';

/**
 * Temporal's search attributes of a campaign, and of each of its batches where they are several: by them lists are filtered and
 * sorted, without a worker. No personal data is in any of them. All kinds fit into what a server on a database has for a namespace.
 */
export const ATTRIBUTES = {
  /** A stage or an end of a campaign: `waiting`, `running`, `completed` … */
  state: defineSearchAttributeKey('CampaignState', 'KEYWORD'),
  agent: defineSearchAttributeKey('BolnaAgentId', 'KEYWORD'),
  /** Of one batch. A campaign of several has none: each of them has its own, in its own workflow. */
  batch: defineSearchAttributeKey('BolnaBatchId', 'KEYWORD'),
  /** When the first call is, or was, made. */
  start: defineSearchAttributeKey('CampaignStart', 'DATETIME'),
  /** Rows that are to be called. */
  rows: defineSearchAttributeKey('CampaignRows', 'INT'),
  /** Those of them whose call is over, as of the last news. */
  settled: defineSearchAttributeKey('CampaignSettled', 'INT'),
  /** Why a person should look (`AttentionKind`); not set where nobody has to. */
  attention: defineSearchAttributeKey('CampaignNeedsAttention', 'KEYWORD'),
} as const;

/**
 * What a campaign's attributes are to be; null is one that is not set.
 * @param tellsHalts whether a halt that Bolna does not show is attention: not in histories from before it was
 */
export function attributesOf(
  { state, plan }: { state: CampaignState; plan: BatchPlan },
  tellsHalts: () => boolean = () => true,
): SearchAttributeUpdatePair[] {
  const start = startOf(state);
  const attention = attentionOf(state)?.kind;
  const kind = attention === HALT_UNCONFIRMED && !tellsHalts() ? attentionBesides(state)?.kind : attention;
  return [
    { key: ATTRIBUTES.state, value: state.stage },
    { key: ATTRIBUTES.agent, value: plan.agentId },
    { key: ATTRIBUTES.batch, value: state.batch?.batchId ?? null },
    { key: ATTRIBUTES.start, value: start === undefined ? null : new Date(start) },
    { key: ATTRIBUTES.rows, value: state.contacts?.valid ?? null },
    { key: ATTRIBUTES.settled, value: callsSoFar(state).settled },
    { key: ATTRIBUTES.attention, value: kind ?? null },
  ];
}
