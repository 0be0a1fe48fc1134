import type { BolnaClient } from '../bolna/client';
import type { BolnaRules } from '../bolna/start-time';
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
  /** Do-not-call lists that hold for every campaign: absolute paths of files, or addresses in the storage. Default: none. */
  suppress?: readonly string[];
  /** Whether the Temporal server knows the campaigns' search attributes. Default: it does not. */
  searchable?: () => Promise<boolean>;
  /** Milliseconds since the epoch. Tests put their virtual clock here. */
  now: () => number | Promise<number>;
}
