import type { Account } from './account';
import { type Answer, ApiError, json, notFound } from './answers';
import type { Dialect } from './dialect';
import type { Batch, Execution } from './model';
import type { Overrides } from './overrides';
import { renderExecution } from './render';
import { DAY_MS, type SimulatorRules } from './rules';

const DEFAULT_PAGE_SIZE = 20;
const LARGEST_PAGE = 50;
const LONGEST_LIST_MS = 7 * DAY_MS;

type Query = Record<string, string>;

/** Either shape may come from either path; which, the rules say. */
export function batchExecutions(
  batch: Batch,
  v2: boolean,
  query: Query,
  rules: SimulatorRules,
  dialect: Dialect,
  overrides: Overrides,
): Answer {
  if (v2 && rules.v2Path === 'missing') throw notFound.path();
  const asked = query.page_number !== undefined || query.page_size !== undefined;
  const paged = v2
    ? rules.v2Path === 'paged'
    : rules.oldPath === 'paged' || (rules.oldPath === 'paged-when-asked' && asked);
  const show = (execution: Execution) => overrides.execution(execution, renderExecution(execution, rules, dialect));
  const executions = dialect.list(batch.executions);
  return json(200, paged ? page(executions, query, rules, show) : executions.map(show));
}

/** An agent's executions created between `from` and `to`, newest batch first. Every call is an outbound telephone call here. */
export function agentExecutions(
  account: Account,
  agentId: string,
  query: Query,
  rules: SimulatorRules,
  dialect: Dialect,
  overrides: Overrides,
): Answer {
  const { status, batch_id: batchId, call_type: callType } = query;
  const [from, to] = stretchOf(query);
  const executions = [...account.batches.values()]
    .filter((batch) => batch.agentId === agentId && !batch.deleted && (batchId === undefined || batch.id === batchId))
    .reverse()
    .flatMap((batch) => batch.executions)
    .filter((execution) => status === undefined || execution.status === status)
    .filter(({ createdAt }) => createdAt >= from && createdAt <= to)
    .filter(() => callType === undefined || callType === 'outbound');
  const show = (execution: Execution) => overrides.execution(execution, renderExecution(execution, rules, dialect));
  return json(200, page(executions, query, rules, show));
}

/** Both are required, in UTC, and at most seven days apart: calendar days, whatever the simulator's speed. */
function stretchOf({ from, to }: Query): [from: number, to: number] {
  if (from === undefined || to === undefined) throw invalid('from and to are required, and must be passed together');
  const [begin, end] = [utc(from), utc(to)];
  if (begin === undefined || end === undefined) throw invalid('from and to must be in UTC ISO 8601 format');
  if (end < begin) throw invalid('from must not be later than to');
  if (end - begin > LONGEST_LIST_MS) throw invalid('The range between from and to cannot exceed 7 days');
  return [begin, end];
}

function utc(time: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]00:00)$/.test(time) ? Date.parse(time) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** In the shape that the documentation gives for all errors. */
function invalid(message: string): ApiError {
  return new ApiError(422, { error: 422, message });
}

function page(
  executions: Execution[],
  query: Query,
  rules: SimulatorRules,
  show: (execution: Execution) => Record<string, unknown>,
): Record<string, unknown> {
  const number = wholeNumber(query, 'page_number', 1, Number.MAX_SAFE_INTEGER);
  const size = wholeNumber(query, 'page_size', DEFAULT_PAGE_SIZE, LARGEST_PAGE);
  const first = (number - 1) * size;
  return {
    [rules.pageKey]: number,
    page_size: size,
    total: executions.length,
    has_more: first + size < executions.length,
    data: executions.slice(first, first + size).map(show),
  };
}

function wholeNumber(query: Query, name: string, otherwise: number, atMost: number): number {
  const text = query[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > atMost) {
    throw new ApiError(422, { detail: `${name} must be a whole number from 1 to ${atMost}` });
  }
  return value;
}
