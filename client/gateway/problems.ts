import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { z } from 'zod';
import { ResultsDamagedError } from '../../results/rows';
import { StorageError } from '../../storage/storage';
import {
  CampaignConflictError,
  CampaignEndedError,
  CampaignNotFoundError,
  CampaignOverError,
  ChangeRefusedError,
  ChangeUnansweredError,
  ContactsRefusedError,
  InvalidInputError,
  NoWorkerError,
  type RefusedFor,
  ResultsUnavailableError,
  TemporalUnreachableError,
} from '../errors';

/** An error as RFC 9457 has it, `application/problem+json`. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'A URN that names the kind of problem, for programs.' }),
    title: z.string().meta({ description: 'The kind of problem, for people.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    detail: z.string().meta({ description: 'What is wrong, and what to do.' }),
    differs: z
      .array(z.string())
      .optional()
      .meta({ description: 'Fields in which the campaign differs that has the ID.' }),
    faults: z
      .array(
        z.object({
          line: z
            .int()
            .optional()
            .meta({ description: 'Line of the contacts; absent where the file as a whole is at fault.' }),
          row: z
            .int()
            .optional()
            .meta({ description: 'In place of the line, of contacts given as JSON rows: which of them, from 1.' }),
          column: z
            .string()
            .optional()
            .meta({ description: 'Name of the column; empty where the row as a whole is at fault.' }),
          reason: z.string(),
          mend: z.string().optional().meta({ description: 'What to do about it.' }),
        }),
      )
      .optional()
      .meta({ description: 'What is wrong with the contacts: the first 100 faults, in line order.' }),
    missing: z
      .array(z.string())
      .optional()
      .meta({ description: 'Variables of the agent that the contacts have no column for.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457' });

export type ProblemDocument = z.infer<typeof problemSchema>;

/** Media type of problems. */
export const PROBLEM_JSON = 'application/problem+json';

const problem = { description: 'RFC 9457', content: { [PROBLEM_JSON]: { schema: problemSchema } } };

/** The answers of a route that are problems: those that every route can give, and some of its own. */
export function refusals<Status extends number = never>(...own: Status[]) {
  const all = [400, 401, 403, 429, 500, 503, ...own] as const;
  return Object.fromEntries(all.map((status) => [status, problem])) as Record<(typeof all)[number], typeof problem>;
}

/** Thrown by a route for what the caller can mend. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly status: number,
    readonly type: string,
    readonly title: string,
    detail: string,
    readonly more: Pick<ProblemDocument, 'differs' | 'faults' | 'missing'> = {},
  ) {
    super(detail);
  }

  get document(): ProblemDocument {
    const { status, type, title, message: detail, more } = this;
    return { type: `urn:bolna-campaigns:problem:${type}`, title, status, detail, ...more };
  }
}

/** @param after when to ask again, in words */
export function tooMany(after: string): Problem {
  return new Problem(429, 'too-many-requests', 'Too many requests', `Wait for ${after}, and ask less often.`);
}

/** By their numbers in gRPC: what is mended by waiting. Anything else Temporal refuses, which is a mistake of ours or of its settings. */
const PASSING: Readonly<Record<number, string>> = {
  1: 'CANCELLED',
  2: 'UNKNOWN',
  4: 'DEADLINE_EXCEEDED',
  8: 'RESOURCE_EXHAUSTED',
  10: 'ABORTED',
  13: 'INTERNAL',
  14: 'UNAVAILABLE',
};

/** Its own message tells of gRPC, and nothing that could be done. */
function ofTemporal({ cause }: ServiceError, changes: boolean): Problem | undefined {
  if (isGrpcServiceError(cause) && !(cause.code in PASSING)) return undefined;
  const look = changes ? ' What was to be changed may be all the same: look at the campaign first.' : '';
  return new Problem(503, 'temporal-unreachable', 'Temporal does not answer', `Ask again in a while.${look}`);
}

/**
 * What a caller is told of an error. What is not known is not shown: it may hold what is none of the caller's business.
 * @param changes whether something was to be changed
 */
export function problemOf(error: unknown, changes: boolean): Problem {
  if (error instanceof Problem) return error;
  const detail = error instanceof Error ? error.message : String(error);
  for (const [kind, status, type, title] of KNOWN) {
    if (error instanceof kind) {
      return new Problem(status, type, title, detail, moreOf(error));
    }
  }
  if (error instanceof ResultsUnavailableError) {
    const status = error.why === 'not-ended' ? 409 : 404;
    return new Problem(status, `results-${error.why}`, 'There are no results', detail);
  }
  if (error instanceof ChangeRefusedError) return new Problem(...REFUSED[error.refusedFor], detail);
  if (error instanceof ChangeUnansweredError) {
    return error.taken
      ? new Problem(504, 'change-unanswered', 'The campaign has not answered yet', detail)
      : new Problem(503, 'no-worker', 'No worker answers', detail);
  }
  return (
    (error instanceof ServiceError ? ofTemporal(error, changes) : ofFastify(error)) ??
    new Problem(500, 'internal', 'An error of ours', 'Something went wrong here; the log says what.')
  );
}

function moreOf(error: Error): Problem['more'] {
  if (error instanceof CampaignConflictError) return { differs: [...error.differs] };
  return error instanceof ContactsRefusedError ? { faults: [...error.faults] } : {};
}

type Kind = abstract new (...args: never[]) => Error;

const KNOWN: readonly (readonly [Kind, number, string, string])[] = [
  [InvalidInputError, 400, 'invalid-input', 'The input cannot be used'],
  [ContactsRefusedError, 422, 'contacts-unusable', 'The contacts cannot be used'],
  [CampaignConflictError, 409, 'campaign-conflict', 'The campaign ID is taken'],
  [CampaignNotFoundError, 404, 'campaign-not-found', 'There is no such campaign'],
  [CampaignOverError, 409, 'campaign-over', 'The campaign has ended'],
  [CampaignEndedError, 409, 'campaign-ended', 'The campaign has ended without a result'],
  [NoWorkerError, 503, 'no-worker', 'No worker answers'],
  [TemporalUnreachableError, 503, 'temporal-unreachable', 'Temporal does not answer'],
  [StorageError, 503, 'storage', 'The storage does not answer'],
  [ResultsDamagedError, 500, 'results-damaged', 'The results are damaged'],
];

const REFUSED: Readonly<Record<RefusedFor, readonly [status: number, type: string, title: string]>> = {
  request: [422, 'change-invalid', 'The change cannot be had'],
  standing: [409, 'change-too-late', 'The campaign makes no such change'],
  'not-had': [409, 'change-not-had', 'The change was taken, and is not had'],
};

/** What the framework refuses by itself. */
function ofFastify(error: unknown): Problem | undefined {
  const { code, statusCode, message, validation, validationContext } = error as {
    code?: string;
    statusCode?: number;
    message?: string;
    validation?: unknown;
    validationContext?: string;
  };
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return undefined;
  const [type, title] = REFUSALS[statusCode] ?? ['bad-request', 'The request cannot be understood'];
  if (code === 'FST_ERR_BAD_URL')
    return new Problem(400, type, title, 'The address has a "%" that stands for no character: write it as %25.');
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new Problem(
      415,
      type,
      title,
      'Send JSON with the header "Content-Type: application/json", or a campaign with its file as multipart/form-data.',
    );
  const part = validationContext === 'querystring' ? 'query' : (validationContext ?? 'request');
  const where = validation === undefined ? '' : `In the ${part}: `;
  return new Problem(statusCode, type, title, `${where}${message ?? title}`);
}

const REFUSALS: Readonly<Record<number, readonly [type: string, title: string]>> = {
  400: ['invalid-request', 'The request cannot be understood'],
  406: ['not-acceptable', 'There is no such form of the answer'],
  413: ['too-large', 'The request is too large'],
  415: ['unsupported-media-type', 'The body is in no form that is read here'],
  429: ['too-many-requests', 'Too many requests'],
};
