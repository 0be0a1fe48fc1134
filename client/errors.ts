/** Thrown for a campaign ID or an input that cannot be one, before anything is sent. The message names each field to mend. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
  constructor(
    readonly campaignId: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What is wrong with a contacts file, or with one of its rows. It holds no cell of a row. */
export interface ContactsFault {
  /** As an editor counts; absent where the file as a whole is at fault. */
  line?: number;
  /** In place of the line, of contacts that were given as JSON rows: which of them, from 1. */
  row?: number;
  /** Name of the column; empty where the row as a whole is at fault. */
  column?: string;
  reason: string;
  /** What to do about it. */
  mend?: string;
}

/** Thrown for contacts that cannot be used: a file that cannot be read, or one without a valid row. Nothing was started. */
export class ContactsRefusedError extends Error {
  override readonly name = 'ContactsRefusedError';
  /** @param faults the first 100, in line order */
  constructor(
    readonly campaignId: string,
    message: string,
    readonly faults: readonly ContactsFault[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown for a campaign ID that Temporal does not know: there never was one, or its retention has passed. */
export class CampaignNotFoundError extends Error {
  override readonly name = 'CampaignNotFoundError';
  constructor(
    readonly campaignId: string,
    readonly namespace: string,
  ) {
    super(
      `There is no campaign ${campaignId} in the Temporal namespace "${namespace}". Check the ID and the server; what has ended is forgotten when the namespace's retention has passed.`,
    );
  }
}

/** Thrown when a campaign ID is taken by a campaign with other contents that runs or has ended for good. Nothing was started. */
export class CampaignConflictError extends Error {
  override readonly name = 'CampaignConflictError';
  /** @param differs fields of the input that differ; empty where what the ID was started with cannot be read */
  constructor(
    readonly campaignId: string,
    readonly differs: readonly string[],
  ) {
    const what =
      differs.length > 0 ? `with other contents (${differs.join(', ')})` : 'with contents that cannot be read';
    super(
      `Campaign ${campaignId} was already started ${what}. Choose another campaign ID for these; nothing was started.`,
    );
  }
}

/** Thrown when a campaign that has ended is asked to stop, to cancel or to change. */
export class CampaignOverError extends Error {
  override readonly name = 'CampaignOverError';
  constructor(
    readonly campaignId: string,
    asked: 'halt' | 'change' = 'halt',
  ) {
    super(`Campaign ${campaignId} has ended already: there is nothing left to ${asked}.`);
  }
}

/**
 * Why a campaign does not make a change: for what is asked, or for how the campaign stands, whatever is asked; both change nothing.
 * `not-had` is one that was taken, and that something came between then: look at the campaign to see what holds.
 */
export type RefusedFor = 'request' | 'standing' | 'not-had';

/** Thrown when a campaign does not make a change that it was asked for. The message says why, and what to do. */
export class ChangeRefusedError extends Error {
  override readonly name = 'ChangeRefusedError';
  constructor(
    readonly campaignId: string,
    readonly refusedFor: RefusedFor,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when a campaign ended without saying how: terminated from outside, or refused before it began. */
export class CampaignEndedError extends Error {
  override readonly name = 'CampaignEndedError';
  constructor(
    readonly campaignId: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when a campaign that runs is asked for its progress and no worker can answer. It goes on once there is one. */
export class NoWorkerError extends Error {
  override readonly name = 'NoWorkerError';
  constructor(
    readonly campaignId: string,
    readonly taskQueue: string,
    /** What to know before all else: that it was asked to halt, and Bolna may still be calling. */
    readonly warning?: string,
    options?: ErrorOptions,
  ) {
    super(
      `${warning === undefined ? '' : `${warning} `}No worker answers for campaign ${campaignId}: start one of this release on the task queue ${taskQueue} (bolna-campaigns worker); the campaign goes on then.`,
      options,
    );
  }
}

/**
 * Thrown when a campaign that was asked for a change does not answer in time. A request that no worker has taken may be lost, or taken by
 * one that comes later; one that was taken stands in Temporal, and outlives any crash.
 */
export class ChangeUnansweredError extends Error {
  override readonly name = 'ChangeUnansweredError';
  /** @param taken whether a worker has taken the request */
  constructor(
    readonly campaignId: string,
    readonly taskQueue: string,
    readonly taken: boolean,
    options?: ErrorOptions,
  ) {
    super(
      taken
        ? `Campaign ${campaignId} has taken the request, and has not said yet what became of it: it sees to it as soon as it can, and needs no second request. Look at the campaign to see what holds.`
        : `No worker has taken the request to campaign ${campaignId}: start one of this release on the task queue ${taskQueue} (bolna-campaigns worker). It may still take the request, or never see it: look at the campaign then, and ask again if nothing was changed.`,
      options,
    );
  }
}

/** Why there are no rows: the campaign is not over, it ended before there were any, or the file is not where it should be. */
export type NoResults = 'not-ended' | 'none' | 'missing';

/** Thrown when a campaign has no result rows to read. */
export class ResultsUnavailableError extends Error {
  override readonly name = 'ResultsUnavailableError';
  constructor(
    readonly campaignId: string,
    readonly why: NoResults,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown when no Temporal server is named. Whatever listens on Temporal's usual port may be anyone's. */
export class NoServerNamedError extends Error {
  override readonly name = 'NoServerNamedError';
  constructor() {
    super('No Temporal server is named. Give an address (host:port), or set TEMPORAL_ADDRESS.');
  }
}

/** Thrown when no Temporal server, or none with the namespace, answers. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';
  constructor(
    readonly address: string,
    readonly namespace: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(
      `No Temporal server with namespace "${namespace}" answers at ${address} (${reason}). Start it, or mend TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE.`,
      options,
    );
  }
}
