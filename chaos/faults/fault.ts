import type { CampaignEnd } from '../../workflows/state';
import type { Random } from '../random';
import type { Scene } from '../scene';

export const KINDS = ['kill', 'server', 'freeze', 'storage', 'bolna', 'clock', 'operator'] as const;
export type Kind = (typeof KINDS)[number];

/** Something that goes wrong in a campaign, all of it drawn before the campaign begins. */
export interface Fault {
  words: string;
  /** Ends that it explains, beside `completed`. */
  mayEnd?: readonly CampaignEnd[];
  /** Sees to it that it will happen. Called before the campaign begins. */
  arrange(scene: Scene): void;
}

/** @param halts whether the campaign will be halted, which adds moments */
export type DrawFault = (random: Random, halts: boolean) => Fault;
