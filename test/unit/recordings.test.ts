import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ActivityContext } from '../../activities/context';
import { recordingPath } from '../../bolna/recording';
import { Outside } from '../../egress/outside';
import { parseNetwork } from '../../egress/public-address';
import type { SimulatorRules } from '../../simulator/rules';
import { campaignFiles } from '../../storage/campaign-files';
import { endingOf, recordingName } from '../../storage/recording-files';
import { readText } from '../../storage/storage';
import { disturbed, Gate, LoneSteps, StepAttempt } from '../support/lone-steps';
import { AGENT, csvOf, HOUR } from '../support/rig';
import { until } from '../support/simulator';

const ROWS = 10;
const ask = { campaignId: 'lone' };
const files = campaignFiles('lone');
const loopback = parseNetwork('127.0.0.1');
const outside = new Outside({ allowed: loopback ? [loopback] : [] });
afterAll(() => outside.close());

let world: LoneSteps;

/** A campaign whose calls are over and collected. */
async function called(rules: Partial<SimulatorRules> = {}, more: Partial<ActivityContext> = {}): Promise<string> {
  const outcomes = () => ({ status: 'completed', talkSeconds: 60, voicemail: false }) as const;
  world = await LoneSteps.start({ rules, outcomes }, undefined, { outside, ...more });
  const contacts = await world.validate(csvOf(ROWS));
  const { batchId } = await world.create(contacts);
  await world.schedule(contacts, batchId);
  await world.pass(HOUR);
  return batchId;
}

async function collected(rules: Partial<SimulatorRules> = {}, more: Partial<ActivityContext> = {}): Promise<void> {
  await collect(await called(rules, more));
}

async function collect(batchId: string): Promise<void> {
  await world.persist('collectExecutions', { ...ask, agentId: AGENT, batchId });
}

async function outcomes(): Promise<{ execution: string; file?: string; missing?: string }[]> {
  const lines = (await readText(world.storage, files.recorded)).trim().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** How often the storage has given each recording. */
function given(): number[] {
  const times = new Map<string, number>();
  for (const { endpoint, path, status } of world.simulator.requests)
    if (endpoint === 'storage' && status === 200) times.set(path, (times.get(path) ?? 0) + 1);
  return [...times.values()];
}

describe('saving recordings', () => {
  afterEach(() => world.close());

  test.each<Partial<SimulatorRules>>([{ dialect: 'documented' }, { dialect: 'older' }, { dialect: 'strange' }])(
    'each recording is downloaded once and is whole: %j',
    async (rules) => {
      await collected(rules);
      expect(await world.persist('saveRecordings', ask)).toEqual({ saved: ROWS, missing: 0 });
      expect(given()).toEqual(Array(ROWS).fill(1));
      for (const { file = '' } of await outcomes()) {
        expect(file).toMatch(/^[\w-]+\.wav$/);
        const sound = await readText(world.storage, files.recording(file));
        expect([sound.slice(0, 4), await world.storage.size(files.recording(file))]).toEqual(['RIFF', 2044]);
      }
    },
  );

  test.each([
    ['what it remembered', true],
    ['nothing, on a machine that knows nothing of it', false],
  ])(
    'an attempt that dies in the middle is gone on with %s, and nothing whole is downloaded again',
    async (_, knows) => {
      await collected();
      const death = new Gate();
      // The process dies as it stores the seventh; what it remembers of the first four may be lost with it.
      let stored = 0;
      const storage = disturbed(world.storage, (method, path) => {
        if (method === 'write' && path.includes('/recordings/')) stored += 1;
        return stored < 7 ? undefined : death.pass();
      });
      const dying = new StepAttempt({ ...world.context, storage }, 'saveRecordings', ask);
      await death.reached;
      const folder = join(world.storage.root, files.recordingsFolder);
      await until(() => readdirSync(folder).filter((name) => name.endsWith('.wav')).length === 6);
      dying.replace();
      const heartbeatDetails = knows ? dying.remembered : undefined;
      const next = new StepAttempt(world.context, 'saveRecordings', ask, { attempt: 2, heartbeatDetails });
      expect(await next.outcome).toEqual({ saved: ROWS, missing: 0 });
      // Asked twice at most are those that were on their way.
      const twice = given().filter((times) => times > 1).length;
      expect([given().length, twice <= 2]).toEqual([ROWS, true]);
      // A later run finds all of them.
      const before = world.simulator.requests.length;
      expect(await world.persist('saveRecordings', ask)).toEqual({ saved: ROWS, missing: 0 });
      expect(world.simulator.requests.length).toBe(before);
      // The first one wakes, and changes nothing.
      death.open();
      await expect(dying.outcome).rejects.toThrow();
      expect((await outcomes()).length).toBe(ROWS);
    },
  );

  test('an attempt gives its slot back after half a minute, and the next goes on where it stood', async () => {
    await collected();
    let passed = 0;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => {
      passed += 31_000;
      return 1e12 + passed;
    });
    let heartbeatDetails: unknown;
    const turns: string[] = [];
    try {
      for (let attempt = 1; turns.length < 10; attempt++) {
        const turn = new StepAttempt(world.context, 'saveRecordings', ask, { attempt, heartbeatDetails });
        const end = await turn.outcome.then(
          (saved) => JSON.stringify(saved),
          ({ message }) => message,
        );
        turns.push(end);
        heartbeatDetails = turn.remembered;
        if (end.startsWith('{')) break;
      }
    } finally {
      clock.mockRestore();
    }
    expect(turns).toEqual([
      expect.stringMatching(/^No error: 4 recordings/),
      expect.stringMatching(/^No error: 8 recordings/),
      expect.stringMatching(/^No error: 10 recordings/),
      '{"saved":10,"missing":0}',
    ]);
    expect((await outcomes()).length).toBe(ROWS);
    expect(given()).toEqual(Array(ROWS).fill(1));
  });

  test('what cannot be had is named with the reason, and the others are saved', async () => {
    await collected();
    world.simulator.addFault({ endpoint: 'recording', nth: 2, action: { status: 404 } });
    world.simulator.addFault({ endpoint: 'recording', nth: 3, action: { status: 403 } });
    world.simulator.addFault({ endpoint: 'storage', nth: 4, action: { html: true } });
    world.simulator.addFault({ endpoint: 'storage', nth: 5, action: { emptyBody: true } });
    expect(await world.persist('saveRecordings', ask)).toEqual({ saved: ROWS - 4, missing: 4 });
    expect((await outcomes()).flatMap(({ missing }) => missing ?? []).sort()).toEqual([
      'Bolna has no recording of this call (404)',
      'it is empty',
      'the API key has no right to recordings (403)',
      'what Bolna gave is no recording',
    ]);
  });

  test('a link that has expired is named so', async () => {
    await collected({ recordings: 'storage' });
    await world.pass(25 * HOUR);
    expect(await world.persist('saveRecordings', ask)).toEqual({ saved: 0, missing: ROWS });
    expect((await outcomes())[0]?.missing).toBe('its link has expired or is refused (403)');
  });

  test('a link to a machine that is not public is not followed', async () => {
    await collected({}, { outside: new Outside() });
    expect(await world.persist('saveRecordings', ask)).toEqual({ saved: 0, missing: ROWS });
    expect(given()).toEqual([]);
    expect((await outcomes())[0]?.missing).toBe('its link leads to an address that is not public');
  });

  test.each([
    [
      'a recording that is too large is not read',
      { 'content-length': String(2 ** 30) },
      'RIFF',
      'it is larger than 256 MB',
    ],
    ['a page that never ends is left', {}, '<!doctype html>', 'what Bolna gave is no recording'],
  ])(
    'another host is sent no key, and %s',
    async (_, headers, beginning, missing) => {
      const keys: unknown[] = [];
      const left: Promise<unknown>[] = [];
      const server = createServer((request, answer) => {
        keys.push(request.headers.authorization);
        left.push(once(answer, 'close'));
        answer.writeHead(200, headers).write(beginning);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      try {
        const batchId = await called();
        world.simulator.overrideExecutions(batchId, (shown) => ({
          telephony_data: { ...(shown.telephony_data as object), recording_url: `http://127.0.0.1:${port}/1.mp3` },
        }));
        await collect(batchId);
        expect(await world.persist('saveRecordings', ask)).toEqual({ saved: 0, missing: ROWS });
        expect((await outcomes())[0]?.missing).toBe(missing);
        expect(keys).toEqual(Array(ROWS).fill(undefined));
        await Promise.all(left);
      } finally {
        server.closeAllConnections();
        server.close();
      }
      // A connection that is left open is closed for its silence after 30 s only.
    },
    20_000,
  );

  test('an outage is waited for, and one recording that never comes holds up the others for an hour', async () => {
    await collected();
    world.simulator.addFault({ endpoint: 'storage', action: { status: 503 } });
    const first = world.attempt('saveRecordings', ask);
    await expect(first.outcome).rejects.toMatchObject({ type: 'DownloadFailed' });
    await world.pass(HOUR / 2);
    const again = new StepAttempt(world.context, 'saveRecordings', ask, { heartbeatDetails: first.remembered });
    await expect(again.outcome).rejects.toMatchObject({ type: 'DownloadFailed' });
    await world.pass(HOUR / 2);
    world.simulator.clearFaults();
    // Of the four that were waited for, one does not come now either.
    world.simulator.addFault({ endpoint: 'storage', nth: 1, action: { status: 503 } });
    const last = new StepAttempt(world.context, 'saveRecordings', ask, { heartbeatDetails: again.remembered });
    expect(await last.outcome).toEqual({ saved: ROWS - 1, missing: 1 });
    expect((await outcomes()).flatMap(({ missing }) => missing ?? [])).toEqual(['it did not come within an hour']);
  });

  test('a storage that is full is waited for, however long', async () => {
    await collected();
    const full = disturbed(world.storage, (method, path) => {
      if (method === 'write' && path.includes('/recordings/'))
        throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    });
    const context = { ...world.context, storage: full };
    const first = new StepAttempt(context, 'saveRecordings', ask);
    await expect(first.outcome).rejects.toMatchObject({ type: 'StorageFull' });
    await world.pass(5 * HOUR);
    const later = new StepAttempt(context, 'saveRecordings', ask, { heartbeatDetails: first.remembered });
    await expect(later.outcome).rejects.toMatchObject({ type: 'StorageFull' });
  });
});

describe('rules', () => {
  test.each([
    ['https://api.bolna.ai/recordings/call/1ae3', '/recordings/call/1ae3'],
    ['http://localhost:8700/recordings/call/1ae3?x=1', '/recordings/call/1ae3?x=1'],
    ['https://api.bolna.ai/recordings/../user/me', undefined],
    ['https://api.bolna.ai.example.com/recordings/call/1ae3', undefined],
    ['http://api.bolna.ai/recordings/call/1ae3', undefined],
    ['https://bolna.s3.amazonaws.com/recordings/call/1ae3.mp3', undefined],
    ['no address', undefined],
  ])('the key is for Bolna alone: %s is asked as %s', (address, path) => {
    expect(recordingPath(address, 'http://localhost:8700')).toBe(path);
  });

  test('a recording is known by how it begins, and no text is taken for one', () => {
    const endings = [
      'ID3\u0004',
      '\u00ff\u00fb\u0090',
      'RIFF\u0001\u0002\u0003\u0004WAVE',
      'OggS',
      '....ftypM4A ',
      '\u0001\u0002',
    ];
    expect(endings.map((head) => endingOf(Buffer.from(head, 'latin1')))).toEqual([
      'mp3',
      'mp3',
      'wav',
      'ogg',
      'm4a',
      'bin',
    ]);
    for (const head of ['', '<?xml version', ' {"message":', '[1']) expect(endingOf(Buffer.from(head))).toBeUndefined();
  });

  test('an ID that is no plain name becomes one', () => {
    expect(recordingName('1ae3e573-0a')).toBe('1ae3e573-0a');
    for (const id of ['../../etc/passwd', 'a/b', '.', 'x'.repeat(200)])
      expect(recordingName(id)).toMatch(/^[0-9a-f]{32}$/);
  });
});
