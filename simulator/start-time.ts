import { ApiError } from './answers';
import type { SimulatorRules } from './rules';

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
    throw new ApiError(400, { error: 400, message: 'scheduled_at must be at least 2 minutes in the future' });
  }
  if (start > now + rules.maxAheadMs / speed) {
    throw new ApiError(400, { error: 400, message: 'scheduled_at cannot be more than 30 days in the future' });
  }
  const mark = rules.roundingMs / speed;
  return mark > 0 ? Math.ceil(Math.ceil(start / mark) * mark) : start;
}

type TimeStyle = SimulatorRules['times'];

/** A time as the rule spells it; without fractions it is cut to the second. */
export function writeTime(at: number, style: TimeStyle): string {
  const iso = new Date(at).toISOString();
  const fraction = style.endsWith('fraction') ? `.${iso.slice(20, 23)}000` : '';
  return `${iso.slice(0, 19)}${fraction}${style.startsWith('zulu') ? 'Z' : '+00:00'}`;
}

/** A start must not read earlier than it is: the marks of a fast clock fall between seconds and show their fraction. */
export function writeStart(at: number, style: TimeStyle): string {
  if (at % 1000 === 0) return writeTime(at, style);
  return writeTime(at, style.startsWith('zulu') ? 'zulu-fraction' : 'offset-fraction');
}
