import type { Contact } from './contacts-file';
import type { Outcome } from './outcomes';
import type { CallResult } from './rules';

export type BatchStatus =
  | 'created'
  | 'processed'
  | 'scheduled'
  | 'queued'
  | 'running'
  | 'completed'
  | 'stopped'
  | 'failed';

export type ExecutionStatus =
  | 'prepared'
  | 'queued'
  | 'rescheduled'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'call-disconnected'
  | CallResult
  | 'canceled'
  | 'stopped'
  | 'balance-low';

export interface RetryConfig {
  maxRetries: number;
  statuses: CallResult[];
  voicemail: boolean;
  /** Wait before each retry; the last one repeats. */
  intervalsMinutes: number[];
}

export interface Batch {
  id: string;
  agentId: string;
  fileName: string;
  /** The upload, byte for byte. */
  csv: string;
  fromNumbers: string[];
  retry: RetryConfig | null;
  webhookUrl: string | null;
  status: BatchStatus;
  deleted: boolean;
  bypassGuardrails: boolean;
  createdAt: number;
  updatedAt: number;
  /** Rounded start. */
  scheduledAt: number | null;
  /** Rows of the file. */
  total: number;
  contacts: Contact[];
  executions: Execution[];
  counts: Map<ExecutionStatus, number>;
  /** Executions not yet gone through once: the batch is `completed` at 0, with some still in post-processing or resting. */
  unworked: number;
  /** Executions that may still change. */
  open: number;
}

/**
 * Where an execution is for the dialler: waiting for a line, on a line, in post-processing, resting before a retry,
 * moved by a guardrail, or over for good.
 */
export type Phase = 'waiting' | 'line' | 'after' | 'resting' | 'moved' | 'over';

export interface Execution {
  id: string;
  batch: Batch;
  contact: Contact;
  status: ExecutionStatus;
  phase: Phase;
  /** Goes up whenever planned events must no longer touch it. */
  generation: number;
  worked: boolean;
  /** Dials so far. */
  attempts: number;
  outcome: Outcome | null;
  history: { attempt: number; status: ExecutionStatus; at: number }[];
  createdAt: number;
  updatedAt: number;
  dialledAt: number | null;
  costCents: number;
}

/** A call really placed: what a person's telephone would have noticed. */
export interface Dial {
  number: string;
  batchId: string;
  executionId: string;
  /** 1 is the first call, 2 the first retry. */
  attempt: number;
  /** Milliseconds since the epoch. */
  at: number;
}
