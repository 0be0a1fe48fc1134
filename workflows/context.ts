import type { Callbacks } from './callback-events';
import type { Halts } from './halt';
import type { Hints } from './hints';
import type { BatchPlan, CampaignPlan } from './input';
import type { Moves } from './moves';
import type { CampaignState } from './state';
import type { Troubles } from './troubles';

/** What the steps of one batch work on. */
export interface Batch {
  campaignId: string;
  /** Which of the campaign's batches it is, from 1; undefined where it is the only one. */
  part: number | undefined;
  plan: BatchPlan;
  state: CampaignState;
  halts: Halts;
  hints: Hints;
  troubles: Troubles;
  moves: Moves;
  /** Goes on in a new run of the same workflow, with all that is remembered. */
  continueAsNew: () => Promise<never>;
  /** Tells the campaign of one of its several batches that a person should act on it, or need not any more. */
  tellCampaign?: () => void;
  /** Absent where nobody is told, as of one of several batches. */
  callbacks?: Callbacks | undefined;
}

/** What the steps of a campaign work on; where it has only one batch, that batch's too. */
export interface Campaign extends Batch {
  part: undefined;
  plan: CampaignPlan;
}
