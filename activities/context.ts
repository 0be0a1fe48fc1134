import type { BolnaClient } from '../bolna/client';
import type { BolnaRules } from '../bolna/start-time';
import type { Outside } from '../egress/outside';
import type { CampaignStorage } from '../storage/storage';

/** What activities work with; the worker puts it together. */
export interface ActivityContext {
  bolna: BolnaClient;
  storage: CampaignStorage;
  rules: BolnaRules;
  /** How far ahead a start is asked for at least, in milliseconds: Bolna's minimum and a margin for the way there. */
  leadMs: number;
  /** Shortest and longest wait between two looks, in milliseconds, where the campaign does not say. */
  polling: { minMs: number; maxMs: number };
  /** The account that `bolna` asks with. */
  account: string;
  /** Names of all accounts that the workers have keys for. */
  accounts: readonly string[];
  /** Suppression lists that hold for every campaign: absolute paths of files, or addresses in the storage. Default: none. */
  suppress?: readonly string[];
  /** Where Bolna can tell campaigns that there is news. Default: nowhere. */
  webhooks?: Webhooks | undefined;
  /** Asks addresses that callers give. */
  outside: Outside;
  /** Keys that callbacks are signed with, the first of them in force; absent where none is set, and then none is sent. */
  callbackSecrets?: (() => Promise<readonly Buffer[]>) | undefined;
  /** Whether the Temporal server knows the campaigns' search attributes. Default: it does not. */
  searchable?: () => Promise<boolean>;
  /** Bolna's time, milliseconds since the epoch. Tests put their virtual clock here. */
  now: () => number | Promise<number>;
  /** How far this machine's clock is ahead of Bolna's, in milliseconds; negative where it is behind. Default: not known. */
  clockIsAhead?: () => number;
}

export interface Webhooks {
  /** The address of a campaign's workflow, or of one of its batches. It holds a secret: it is sent to Bolna, and stands nowhere else. */
  addressOf(workflowId: string): string;
  /** Longest wait between two looks at a batch that has one, in milliseconds, where the campaign does not say. */
  pollMaxMs: number;
}
