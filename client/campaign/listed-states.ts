import type { CampaignEnd, CampaignStage } from '../../workflows/state';

/** How campaigns end. */
export const ENDS = ['completed', 'stopped', 'canceled', 'missed', 'failed'] as const satisfies CampaignEnd[];

/** Where a campaign that has not ended can be. */
const STAGES = [
  ...(['validating', 'creating', 'scheduling', 'waiting'] as const),
  ...(['running', 'halting', 'collecting'] as const),
] as const satisfies CampaignStage[];

/** What a list can be asked for. */
export const LISTED_STATES = ['active', 'ended', ...STAGES, ...ENDS] as const;

/** A stage or an end of a campaign; `active`: whatever has not ended, `ended`: whatever has. */
export type ListedState = (typeof LISTED_STATES)[number];

/** What no campaign is that runs, and what none is that has ended. */
export const NEVER_RUNNING: ReadonlySet<ListedState> = new Set(['ended', ...ENDS]);
export const NEVER_ENDED: ReadonlySet<ListedState> = new Set(['active', ...STAGES]);
