import type { BatchStatus } from '../../simulator/model';
import type { Simulator } from '../../simulator/simulator';
import type { CampaignEnd, SuppressedNumber } from '../../workflows/state';
import { type Contacts, type Shape, validNumbers } from './shape';

/** What Bolna really has of a campaign, whatever it answers: its batches that are not deleted. */
export interface Truth {
  created: number;
  scheduled: number;
  running: number;
  completed: number;
  stopped: number;
  failed: number;
  /** Whose rows are in the batches beyond `created`. */
  contacts: Contacts | null;
}

/** Another start that a run was asked for. Times in ms since the epoch. */
export interface Move {
  id: string;
  at: number;
  startAt: number;
  /** What Bolna had when it was asked for. */
  truth: Truth;
  /** Why it is not to be had; absent where it is, or where nothing was answered. */
  refused?: string;
  /** When the calls begin, as was answered; absent where that was not known yet. */
  begins?: number | undefined;
}

/** A number that a run was asked to suppress. */
export interface Suppression {
  id: string;
  number: string;
  /** When it was asked for, in ms since the epoch. */
  at: number;
  /** What was answered; absent where nothing was. */
  outcome?: SuppressedNumber['outcome'];
}

/** One run of the campaign's workflow: what was done to it, and what Bolna had at that moment. Times in ms since the epoch. */
export interface Run {
  contacts: Contacts;
  startedAt: number;
  before: Truth;
  halts: { kind: 'stop' | 'cancel'; at: number; truth: Truth }[];
  moves: Move[];
  suppressions: Suppression[];
  /** Requests that Bolna had got before this run. */
  requestsBefore: number;
  end?: CampaignEnd | 'terminated';
  errorType?: string | undefined;
  reason?: string | undefined;
  closedAt?: number;
  /** What Bolna had when the run was over. */
  after?: Truth;
}

/** Where a batch is, in fewer words than Bolna's. */
export const STANDINGS: Record<BatchStatus, Exclude<keyof Truth, 'contacts'>> = {
  created: 'created',
  processed: 'created',
  scheduled: 'scheduled',
  queued: 'running',
  running: 'running',
  completed: 'completed',
  stopped: 'stopped',
  failed: 'failed',
};

export function truthOf(simulator: Simulator, shape: Shape): Truth {
  const truth: Truth = { created: 0, scheduled: 0, running: 0, completed: 0, stopped: 0, failed: 0, contacts: null };
  const own = new Set(validNumbers(shape, 'own'));
  for (const { status, deleted, contacts } of simulator.batches()) {
    if (deleted) continue;
    const standing = STANDINGS[status];
    truth[standing] += 1;
    if (standing !== 'created') truth.contacts = contacts.every(({ number }) => own.has(number)) ? 'own' : 'other';
  }
  return truth;
}

/** Batches that call, will call or have called somebody. */
export function beyondCreated({ scheduled, running, completed, stopped, failed }: Truth): number {
  return scheduled + running + completed + stopped + failed;
}

/** "1 scheduled, 2 completed". @param numbers whether it is said how many */
export function inWords({ contacts: _, ...counts }: Truth, numbers = true): string {
  const told = Object.entries(counts).flatMap(([name, n]) => (n > 0 ? [numbers ? `${n} ${name}` : name] : []));
  return told.length > 0 ? told.join(', ') : 'nothing';
}
