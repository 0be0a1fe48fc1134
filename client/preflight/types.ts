import type { Readable } from 'node:stream';
import type { CallingHours, UsedVariable } from '../../bolna/agent';
import type { CallAt } from '../../bolna/calling-hours';
import type { BolnaConnection } from '../../bolna/http';
import type { NumberSet } from '../../contacts/number-set';
import type { ReadingOptions } from '../../contacts/read';
import type { CampaignInput } from '../../workflows/input';

export interface PreflightAsk {
  /** Undefined where none is named yet. */
  agentId: string | undefined;
  /** How Bolna is asked, or why it cannot be. */
  bolna: BolnaConnection | string;
  /** Opens the contacts anew, as a CSV. */
  open: () => Promise<Readable>;
  /** When calls begin, in milliseconds since the epoch. */
  startsAt: number;
  /** Whether the campaign calls outside the agent's hours too. Default: false. */
  bypassGuardrails?: boolean | undefined;
  /** Whether rows without a value in a variable that the agent uses are not called; or in which columns. Default: false, and they are counted. */
  requireVariables?: boolean | readonly string[] | undefined;
  /** Numbers on a suppression list. */
  suppressed?: Pick<NumberSet, 'has'> | undefined;
  /** How the contacts are read. */
  reading?: Pick<ReadingOptions, 'numberColumn' | 'country' | 'wording'> | undefined;
}

/** What an agent would say to these contacts, and when. */
export interface Preflight extends Scan {
  /** Null where it could not be read: `notes` says why. */
  agent: { id: string; name: string | null } | null;
  /** Variables of the agent's words that the file has no column for. */
  missing: UsedVariable[];
  /** Columns of the file that the agent's words use. */
  used: string[];
  /** Columns of the file that they do not use. */
  unused: string[];
  /** Columns in which each row must have a value: what `requireVariables` of the campaign's input is to be. */
  required: string[] | null;
  /** Whether people who ask for another time are called again; null where that is not known. */
  autoReschedule: boolean | null;
  /** Calls that the account makes at a time; null where that is not known. A trial account makes 2, a paused one none. */
  concurrency: number | null;
  /** Sentences for a person that call for a decision. */
  warnings: string[];
  /** Other sentences for a person. */
  notes: string[];
}

/** A cell without a value, where the agent has a variable. */
export interface BlankCell {
  /** As an editor counts. */
  line?: number;
  /** In place of the line, of contacts that came as JSON rows: which of them, from 1. */
  row?: number;
  column: string;
  /** What stands there. */
  value: string;
}

/** What one reading of the contacts brings. */
export interface Scan {
  /** People who would be called. */
  people: number;
  /** Rows without a value in a variable that the agent uses, and the first of them. */
  blank: { rows: number; first: BlankCell[] };
  /** The welcome message as the first people would hear it. What Bolna fills in stays in its braces. */
  welcome: string[];
  /** The agent's calling hours, and what they make of the calls at the start; null where it has none. */
  callingHours: (CallingHours & { calls: Record<CallAt, number> }) | null;
}

/** A campaign as it is to be started, as far as it is compared with its agent. */
export interface PreflightInput
  extends Pick<
    CampaignInput,
    'agentId' | 'startAt' | 'bypassCallGuardrails' | 'account' | 'numberColumn' | 'country' | 'sheet'
  > {
  /** The CSV itself, rows by their columns, a file of this machine or an address in the campaign storage (CAMPAIGN_DATA); a file may be a workbook (.xlsx). */
  contacts:
    | { csv: string }
    | { rows: readonly Readonly<Record<string, string>>[] }
    | { file: string }
    | { uri: string };
  /** Whether rows without a value in a variable that the agent uses are to be rejected. Default: false. */
  requireVariables?: boolean;
}

export interface PreflightOptions {
  /** Default: the key of the account in the environment (BOLNA_API_KEY, BOLNA_ACCOUNTS). */
  apiKey?: string;
  /** Default: BOLNA_BASE_URL, or `https://api.bolna.ai`. */
  baseUrl?: string;
}
