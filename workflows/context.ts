import type { Halts } from './halt';
import type { CampaignInput, CampaignPlan } from './input';
import type { CampaignState } from './state';

/** What every step works on. */
export interface Campaign {
  campaignId: string;
  /** As it came, to be handed on when the workflow continues as new. */
  input: CampaignInput;
  plan: CampaignPlan;
  state: CampaignState;
  halts: Halts;
}
