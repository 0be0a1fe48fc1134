import { ApiError } from './answers';
import type { SimulatorRules, TimeField, TimeStyle } from './rules';

const NUMERIC_OFFSET = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?[+-]\d{2}:?\d{2}$/;

/** The start Bolna will keep to, in ms since the epoch, or the refusal it would answer with. */
export function checkStart(wanted: string, now: number, rules: SimulatorRules, speed: number): number {
  // Not a refusal but a crash of theirs: a `Z` is valid ISO 8601 and still answered with a bare 500.
  if (/z$/i.test(wanted)) throw new ApiError(500, 'Internal Server Error');
  const start = NUMERIC_OFFSET.test(wanted) ? Date.parse(wanted) : Number.NaN;
  if (Number.isNaN(start)) {
    throw new ApiError(422, { detail: 'scheduled_at must be an ISO 8601 datetime with a timezone offset' });
  }
  if (start < now + rules.minLeadMs / speed) {
    throw new ApiError(400, { error: 1001, message: 'Scheduled time should be atleast 2 minutes in the future' });
  }
  if (start > now + rules.maxAheadMs / speed) {
    throw new ApiError(400, { error: 1001, message: 'Scheduled time should be at most 30 days in the future' });
  }
  const mark = rules.roundingMs / speed;
  return mark > 0 ? Math.ceil(Math.ceil(start / mark) * mark) : start;
}

/** Which field of an answer has which spelling, where they differ: all of these are in Bolna's documentation or its tools. */
const MIXED: Record<TimeField, TimeStyle> = {
  created: 'zulu-fraction',
  updated: 'bare',
  scheduled: 'india',
  other: 'offset',
};

const INDIA_MS = 5.5 * 3_600_000;

/** A time as the rule spells it. Without fractions it is cut to the second. */
export function writeTime(at: number, times: SimulatorRules['times'], field: TimeField): string {
  return spell(at, styleOf(times, field), false);
}

/** A start must not read earlier than it is: the marks of a fast clock fall between seconds and show their fraction. */
export function writeStart(at: number, times: SimulatorRules['times']): string {
  return spell(at, styleOf(times, 'scheduled'), at % 1000 !== 0);
}

function styleOf(times: SimulatorRules['times'], field: TimeField): TimeStyle {
  return typeof times === 'object' ? times[field] : times === 'mixed' ? MIXED[field] : times;
}

function spell(at: number, style: TimeStyle, exact: boolean): string {
  const [zone] = style.split('-');
  const iso = new Date(zone === 'india' ? at + INDIA_MS : at).toISOString();
  const fraction = exact || style.endsWith('fraction') ? `.${iso.slice(20, 23)}000` : '';
  const offset = zone === 'india' ? '+05:30' : zone === 'bare' ? '' : zone === 'zulu' ? 'Z' : '+00:00';
  return `${iso.slice(0, 19)}${fraction}${offset}`;
}
