import { meaningOf } from '../../bolna/statuses';
import { recordingOf } from '../../client/verify/recording';
import { shapeOf } from '../../client/verify/shapes';
import { stepsWithCall } from '../../client/verify/steps';
import { verifyApi } from '../../client/verify/verify';
import { RecordingError } from '../../simulator/errors';
import type { SimulatorOptions } from '../../simulator/options';
import { recordedWords } from '../../simulator/recorded-dialect';
import { rulesOf } from '../../simulator/recorded-rules';
import { parseRecording, type Recording } from '../../simulator/recording';
import { resolveRules, type SimulatorRules } from '../../simulator/rules';
import { LoneSteps } from '../support/lone-steps';
import { csvOf, HOUR, numberOf } from '../support/simulator';
import type { Tamper } from '../support/tampering';
import { VerifyRig } from '../support/verify-rig';

let rig: VerifyRig | undefined;
afterEach(() => rig?.close());

const answered = () =>
  ({ status: 'completed', ringSeconds: 5, talkSeconds: 15, postProcessingSeconds: 20, voicemail: false }) as const;

/** The text of a recording with a call. */
async function textOf(options: SimulatorOptions, tamper?: Tamper): Promise<string> {
  rig = await VerifyRig.start({ outcomes: answered, ...options }, tamper);
  const world = rig.world();
  const { lines } = await verifyApi(world, stepsWithCall('+12025550111'));
  await world.close();
  return JSON.stringify(recordingOf(lines, world.answers.all));
}

/** Accounts that differ in all that a recording shows. */
const ACCOUNTS: readonly [what: string, rules: Partial<SimulatorRules>][] = [
  ['as documented', {}],
  ['older', { dialect: 'older', executionIds: 'integer', telephonyDuration: 'string', scheduleTwice: 'move' }],
  ['in words that nobody has documented', { dialect: 'strange', v2Path: 'missing', times: 'bare-fraction' }],
  ['paged at both addresses', { oldPath: 'paged', pageKey: 'page', executionsFrom: 'create', scheduleStatus: 202 }],
];

test.each(ACCOUNTS)('an account %s is replayed as it was recorded', async (_, rules) => {
  const first = await textOf({ rules });
  await rig?.close();
  expect(JSON.parse(await textOf({ recording: parseRecording(first, 'shapes.json') }))).toEqual(JSON.parse(first));
});

test('a campaign calls each person once where an account is replayed whose words nobody has documented', async () => {
  const recording = parseRecording(await textOf({ rules: { dialect: 'strange' } }), 'shapes.json');
  const steps = await LoneSteps.start({ recording, outcomes: answered });
  try {
    const contacts = await steps.validate(csvOf(3));
    const { batchId } = await steps.create(contacts);
    const { status } = await steps.context.bolna.getBatch(batchId);
    expect([meaningOf(status), recordedWords(recording).batchStatus('created')]).toEqual(['unknown', status]);
    await steps.schedule(contacts, batchId);
    await steps.pass(HOUR);
    expect(steps.dialled()).toEqual([0, 1, 2].map(numberOf));
  } finally {
    await steps.close();
  }
});

test('a recording holds no number, name, key or text of anyone', async () => {
  const private_ = 'Asha Rao (asha.rao@example.com, +91 98765 43210) may not stop 3fa85f64-5717-4562-b3fc-2c963f66afa6';
  const text = await textOf({}, ({ method, path, body }) => {
    if (path === '/user/me') return { body: { ...body, name: 'Asha Rao', email: 'asha.rao@example.com' } };
    if (path.endsWith('/stop')) return { status: 403, body: { message: private_ } };
    if (/^\/v2\/agent\/[^/]+$/.test(path)) {
      const tools = [{ api_key: 'bn-secret', asha: 1 }];
      return { status: 200, body: { agent_name: 'Asha', agent_prompts: { asha: 'Sell' }, tasks: [{ tools }], tools } };
    }
    if (path.endsWith('/executions') && body.data)
      return {
        body: { ...body, data: body.data.map((one: object) => ({ ...one, extracted_data: { asha_said: 'yes' } })) },
      };
    return method === 'DELETE' ? { body: { message: 'success', state: 'deleted 9876543210' } } : undefined;
  });
  expect(text.match(/word:[^"]*may not stop[^"]*/)?.[0]).toBe('word:<name> (<name>, <number>) may not stop <id>');
  expect(text.match(/asha|rao|bn-|sell|verify\b(?!-api)|yes|\d{4}/gi)).toBeNull();
});

test.each([
  [
    { at: '2026-06-23T12:30:00+05:30', to: '2026-06-23T07:00:00.123Z' },
    { at: 'time:india', to: 'time:zulu-fraction' },
  ],
  [
    { scheduled_at: '2026-06-23 07:00:00', n: 1.5, none: null },
    { scheduled_at: 'time:bare', n: 'decimal', none: 'null' },
  ],
  [{ state: 'scheduled at 2026-06-23T07:00:00+00:00' }, { state: 'word:scheduled at <time:offset>' }],
  [
    [{ a: 1 }, { a: 2 }, { a: '2' }],
    [{ a: 'integer' }, { a: 'digits' }],
  ],
  [
    { '+919876543210': 'Asha', recipient_data: { name: 'Asha' } },
    { '<other>': 'text', recipient_data: 'object' },
  ],
  ['<html>', 'text'],
])('the shape of %j', (value, shape) => {
  expect(shapeOf(value)).toEqual(shape);
});

test('what a recording does not show stays as documented', () => {
  const empty: Recording = { recording: 'bolna-campaigns verify-api', version: 1, answers: [] };
  expect(resolveRules({ ...rulesOf(empty), times: 'mixed' })).toEqual(resolveRules());
  const words = recordedWords(empty);
  const shown = { execution_status: {}, file_name: 'a.csv' };
  expect([words.batchStatus('processed'), words.object(shown), words.phrase('success')]).toEqual([
    'processed',
    shown,
    'success',
  ]);
});

test.each(['{', '{}', '{"recording": "bolna-campaigns verify-api", "version": 2, "answers": []}'])(
  '%s is no recording',
  (text) => {
    expect(() => parseRecording(text, 'a.json')).toThrow(RecordingError);
    expect(() => parseRecording(text, 'a.json')).toThrow(/^a\.json is no recording: give --dialect .*\.$/);
  },
);
