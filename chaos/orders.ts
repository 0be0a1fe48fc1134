export type StorageMethod = 'read' | 'write' | 'claim' | 'size' | 'delete';

/** What is done to the storage in place of its work, or around it. */
export type Deed =
  /** Fails before anything is done, after all of it, or in the middle of a file. `code` is the system's: ENOSPC, EIO … */
  | { deed: 'fail' | 'fail-after' | 'fail-midway'; code: string }
  | { deed: 'slow'; ms: number }
  /** The process sends itself a signal, before or after the work. */
  | { deed: 'signal-before' | 'signal-after'; signal: 'SIGKILL' | 'SIGSTOP' };

/** One disturbance of a worker's storage. */
export type StorageOrder = Deed & {
  id: string;
  methods: readonly StorageMethod[];
  /** A regular expression for the path. */
  file: string;
  /** Times that it fits and is left alone, counted in each process anew. */
  skip: number;
  /** Times that it then happens. */
  times: number;
};

/** What worker processes are told; see worker.js. */
export interface Orders {
  /** How far their clock is off, milliseconds. */
  clockMs: number;
  storage: readonly StorageOrder[];
}

export const NO_ORDERS: Orders = { clockMs: 0, storage: [] };
