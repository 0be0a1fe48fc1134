import fc from 'fast-check';
import { hostileText } from './hostile-csv';
import { NUMBERS } from './typed-numbers';

const number = fc
  .tuple(fc.constantFrom(...NUMBERS, '+442079460123', '+12025550999'), fc.constantFrom('+', '', '00'))
  .map(([e164, front]) => `${front}${e164.slice(1)}`);
const status = fc.constantFrom(
  ...['completed', 'completed', 'no-answer', 'busy', 'failed', 'Error', 'canceled', 'stopped', 'balance-low'],
  ...['ringing', 'call-disconnected', 'rescheduled', 'in-progress', 'new', '', '__proto__'],
);
const odd = fc.oneof(hostileText, fc.jsonValue({ maxDepth: 1 }));
const amount = fc.oneof(fc.double({ min: 0, max: 500, noNaN: true }), fc.nat(300), fc.constantFrom('12.50', '-1', 'x'));
const text = fc.oneof({ weight: 3, arbitrary: hostileText }, { weight: 1, arbitrary: odd });
const time = fc.constantFrom('2026-06-23T07:00:00+00:00', '2026-06-23T07:05:00Z', '2026-06-23T07:05:89Z', 'x');

/** An execution as Bolna may send it: every field can be missing, or be something else. */
export const anyExecution = fc.record(
  {
    id: fc.oneof({ weight: 9, arbitrary: fc.nat(40) }, { weight: 1, arbitrary: odd }),
    status: fc.oneof({ weight: 9, arbitrary: status }, { weight: 1, arbitrary: odd }),
    user_number: fc.oneof({ weight: 9, arbitrary: number }, { weight: 1, arbitrary: odd }),
    telephony_data: fc.oneof(
      fc.record(
        { to_number: number, duration: amount, recording_url: text, hangup_reason: text },
        { requiredKeys: [] },
      ),
      odd,
    ),
    total_cost: amount,
    retry_count: amount,
    error_message: text,
    extracted_data: text,
    answered_by_voice_mail: fc.oneof(fc.boolean(), odd),
    termination_reason: fc.oneof(fc.constantFrom('user_hung_up', 'voicemail_reached', 'invalid_number', null), odd),
    updated_at: time,
    a_new_field: odd,
  },
  { requiredKeys: ['id', 'status', 'user_number'] },
);

const garbage = fc.constantFrom('', ' ', '{', '[]', 'null', '1', '"x"', '{"id":', '\u2028', '[{}]', '{}');

/** The text of an executions.jsonl: mostly executions, some lines that hold none. */
export const anyExecutions = fc
  .array(
    fc.oneof(
      { weight: 9, arbitrary: anyExecution.map((one) => JSON.stringify(one)) },
      { weight: 1, arbitrary: garbage },
    ),
    { maxLength: 6 },
  )
  .map((lines) => lines.map((line) => `${line}\n`).join(''));
