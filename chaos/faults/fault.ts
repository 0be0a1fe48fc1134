import type { CampaignEnd } from '../../workflows/state';
import type { Wish } from '../moments';
import type { Random } from '../random';
import type { Scene } from '../scene';

export const KINDS = ['kill', 'server', 'freeze', 'storage', 'bolna', 'clock', 'operator'] as const;
export type Kind = (typeof KINDS)[number];

/** `lost`: failed because a batch is gone that was being moved, and nobody can tell who was called. */
export type ExplainedEnd = CampaignEnd | 'lost';

/** Something that goes wrong in a campaign, all of it drawn before the campaign begins. */
export interface Fault {
  words: string;
  /** Ends that it explains, beside `completed`. */
  mayEnd?: readonly ExplainedEnd[];
  /** What it asks of the campaign. */
  wishes?: readonly Wish[];
  /** Sees to it that it will happen. Called before the campaign begins. */
  arrange(scene: Scene): void;
}

/** @param wishes what will be asked of the campaign, which adds moments */
export type DrawFault = (random: Random, wishes: readonly Wish[]) => Fault;
