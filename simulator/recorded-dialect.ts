import { PLAIN, type Words } from './dialect';
import type { BatchStatus, ExecutionStatus } from './model';
import { answersOf, executionShapes, fieldsOf, type Recording, type Shape, wordIn } from './recording';

/** The words and fields of a recording; what it does not show is worded as documented. */
export function recordedWords(recording: Recording): Words {
  const batch = batchWords(recording);
  const execution = executionWords(recording);
  const phrases = phrasesIn(recording);
  const batchFields = union(answersOf(recording, 'get').map(({ shape }) => fieldsOf(shape)));
  const executionFields = union(executionShapes(recording));
  const agentFields = union(answersOf(recording, 'agent').map(({ shape }) => fieldsOf(shape)));
  return {
    ...PLAIN,
    batchStatus: (status) => batch[status] ?? status,
    executionStatus: ({ status }) => execution[status] ?? status,
    counts: ({ counts }) =>
      Object.fromEntries([...counts].map(([status, count]) => [execution[status] ?? status, count])),
    object: (shown) =>
      'execution_status' in shown
        ? fitted(shown, batchFields)
        : 'user_number' in shown
          ? fitted(shown, executionFields)
          : 'agent_name' in shown
            ? fitted(shown, agentFields)
            : shown,
    phrase: (text) => {
      const [word = text, time] = text.split(' at ');
      const said = phrases[word];
      return said === undefined ? text : said.replace(/<time:[^>]*>/, time ?? '');
    },
  };
}

function batchWords(recording: Recording): Partial<Record<BatchStatus, string>> {
  const at = (stage: string) =>
    answersOf(recording, 'get', { stages: [stage] }).flatMap(({ shape }) => wordIn(fieldsOf(shape).status) ?? []);
  const [created] = answersOf(recording, 'create').flatMap(({ shape }) => wordIn(fieldsOf(shape).state) ?? []);
  const unscheduled = at('unscheduled');
  const scheduled = at('scheduled').at(-1);
  const completed = at('over').at(-1);
  const between = at('started').filter((word) => word !== scheduled && word !== completed);
  return known({
    created: created ?? unscheduled[0],
    processed: unscheduled.at(-1),
    scheduled,
    queued: between[0],
    running: between.at(-1),
    completed,
  });
}

/** In the order in which a call goes through them; the first lasts too short to be seen. */
const SEEN: readonly ExecutionStatus[] = ['queued', 'ringing', 'in-progress', 'call-disconnected'];
const KNOWN: readonly string[] = [
  ...['prepared', 'rescheduled', 'initiated', 'scheduled', ...SEEN],
  ...['completed', 'no-answer', 'busy', 'failed', 'error', 'canceled', 'stopped', 'balance-low'],
];

function executionWords(recording: Recording): Partial<Record<ExecutionStatus, string>> {
  const at = (...stages: string[]) => executionShapes(recording, stages).flatMap(({ status }) => wordIn(status) ?? []);
  const prepared = at('unscheduled').at(-1);
  const strange = [...new Set(at('started'))].filter((word) => word !== prepared && !KNOWN.includes(word));
  return known({ ...Object.fromEntries(SEEN.map((status, n) => [status, strange[n]])), prepared });
}

/** What Bolna says of a success: it decides nothing. */
function phrasesIn(recording: Recording): Record<string, string> {
  const said = (endpoint: string) => fieldsOf(answersOf(recording, endpoint)[0]?.shape);
  return known({
    success: wordIn(said('delete').message) ?? wordIn(said('schedule').message),
    scheduled: wordIn(said('schedule').state),
    stopped: wordIn(said('stop').state),
    deleted: wordIn(said('delete').state),
  });
}

function known<Key extends string>(words: Record<Key, string | undefined>): Record<Key, string> {
  return Object.fromEntries(Object.entries(words).filter(([, word]) => word !== undefined)) as Record<Key, string>;
}

type Fields = Record<string, Shape>;

/** All fields that were shown, in the order in which they came; of each the latest shape that is more than nothing. */
function union(shown: readonly Fields[]): Fields {
  const all: Fields = {};
  for (const fields of shown) {
    for (const [name, shape] of Object.entries(fields)) if (!(name in all) || shape !== 'null') all[name] = shape;
  }
  return all;
}

/** An object with the fields of a recording: those it has too keep their values, others are made up. */
function fitted(shown: Record<string, unknown>, fields: Fields): Record<string, unknown> {
  if (Object.keys(fields).length === 0) return shown;
  return Object.fromEntries(
    Object.entries(fields).map(([name, shape]) => [name, name in shown ? typed(shown[name], shape) : madeUp(shape)]),
  );
}

/** Numbers come as texts, and the other way round. */
function typed(value: unknown, shape: Shape): unknown {
  if (typeof value === 'number' && shape === 'digits') return String(Math.round(value));
  if (typeof value === 'string' && shape === 'integer' && /^\d+$/.test(value)) return Number(value);
  return value;
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  ...{ null: null, integer: 1, decimal: 0.5, boolean: true, empty: '', digits: '1', text: 'text' },
  ...{ uuid: '5a3c1f0e-7a5b-4a52-9f0c-3f1f6f0a1b2c', hex: '0'.repeat(32), phone: '+12025550143' },
  ...{ url: 'https://example.com/', email: 'account@example.com', object: {}, array: [] },
};

function madeUp(shape: Shape): unknown {
  if (Array.isArray(shape)) return shape.map(madeUp);
  if (typeof shape === 'object') return Object.fromEntries(Object.entries(shape).map(([key, of]) => [key, madeUp(of)]));
  return (
    wordIn(shape) ??
    (shape in SAMPLES ? SAMPLES[shape] : shape.startsWith('time:') ? '2026-01-01T00:00:00+00:00' : shape)
  );
}
