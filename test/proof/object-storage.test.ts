/** @crowded */
import { readdirSync } from 'node:fs';
import { CliRig } from '../support/cli';
import { account, CALLED_ONCE, Scene } from '../support/crash';
import { CutLine } from '../support/cut-line';
import { DevServer, replayAll } from '../support/dev-server';
import { BUILD_LIMIT_MS } from '../support/go-program';
import { endAll, until } from '../support/processes';
import { s3ServerProgram } from '../support/s3-binary';
import { S3Server } from '../support/s3-server';
import { Wave } from '../support/wave';

/** Campaigns of workers that share nothing but a bucket. */

jest.setTimeout(300_000);

/** Requests to the storage in whose middle the worker dies. */
const MOMENTS: readonly (readonly [string, RegExp])[] = [
  ['the one batch is claimed', /^PUT \S+\/schedule\.json/],
  ['the executions are put together', /^PUT \S+\/executions\.jsonl/],
  ['the results are stored', /^PUT \S+\/results\.csv/],
];
const POINTS = MOMENTS.flatMap(([name, request]) =>
  (['cut', 'lost'] as const).map((fate) => ({ name, request, fate, when: fate === 'cut' ? 'before' : 'after' })),
);

let temporal: DevServer;
const scenes: BucketScene[] = [];
const accounts = new Wave<unknown, unknown>();
beforeAll(async () => {
  temporal = await DevServer.start();
  await s3ServerProgram();
  for (const point of POINTS) accounts.start(point, killAt(point));
}, BUILD_LIMIT_MS);
afterAll(async () => {
  await accounts.end();
  await Promise.all(scenes.map((scene) => scene.close()));
  await endAll();
  await temporal.stop();
});

/** A campaign, a storage of its own, and the line between the two. */
class BucketScene {
  private constructor(
    readonly s3: S3Server,
    readonly line: CutLine,
    readonly campaign: Scene,
  ) {}

  static async start(): Promise<BucketScene> {
    const s3 = await S3Server.start();
    const line = await CutLine.to(s3.url);
    const env = { ...s3.env, AWS_ENDPOINT_URL_S3: line.url, CAMPAIGN_DATA: `s3://${s3.bucket}/live` };
    const campaign = await Scene.start(temporal, {}, { env, read: (path) => s3.text(`live/${path}`) });
    const scene = new BucketScene(s3, line, campaign);
    scenes.push(scene);
    return scene;
  }

  /** Waits for a failed attempt whose sentence is like this, as an operator would read it. */
  async untilTold(sentence: RegExp): Promise<void> {
    const { campaign } = this;
    let told: string | null | undefined;
    await until(
      () => `told ${sentence}, and not ${told}\n${campaign.trace()}`,
      async () => {
        told = (await campaign.campaigns.get(campaign.campaignId)).lastError;
        return sentence.test(told ?? '');
      },
    );
  }

  async close(): Promise<void> {
    await this.campaign.close();
    await this.line.close();
    await this.s3.stop();
  }
}

async function killAt({ request, fate }: (typeof POINTS)[number]): Promise<unknown> {
  const { campaign, line, s3 } = await BucketScene.start();
  const kill = () => campaign.killBusy();
  line.order(request, fate === 'cut' ? { cut: kill } : { lost: kill });
  await campaign.startWorker();
  await campaign.begin();
  const ended = await account(campaign);
  return { ...ended, left: (await s3.objects()).filter((key) => /part|check/.test(key)) };
}

test.each(POINTS)(
  'a worker killed $when $name leaves the rest to another one: nobody is called twice',
  async (point) => {
    expect(await accounts.of(point)).toEqual({ ...CALLED_ONCE, kills: 1, left: [] });
  },
);

test('a storage that is down, then read-only, then well again costs nobody a call and no row its result', async () => {
  const scene = await BucketScene.start();
  const { campaign, s3 } = scene;
  await campaign.begin();
  await campaign.until('the first call', () => campaign.simulator.dials().length > 0);
  await s3.kill();
  await scene.untilTold(/^The object storage at http:\S+ cannot be reached .* The campaign goes on by itself\.$/);
  await s3.launch({ readonly: true });
  await scene.untilTold(/refuses access to s3:\/\/campaigns\/live .* The campaign goes on by itself\.$/);
  await s3.kill();
  await s3.launch();
  expect(await account(campaign)).toEqual({ ...CALLED_ONCE, kills: 0 });
});

test('a storage that is slow is waited for', async () => {
  const { campaign, line, s3 } = await BucketScene.start();
  await campaign.begin();
  await campaign.until('the first call', () => campaign.simulator.dials().length > 0);
  await s3.freeze();
  const asked = line.requests.length;
  await campaign.until('the storage is asked for something', () => line.requests.length > asked);
  await s3.thaw();
  expect(await account(campaign)).toEqual({ ...CALLED_ONCE, kills: 0 });
});

test('the library reads rows from the bucket that the result names, with no right to write there', async () => {
  const scene = await BucketScene.start();
  const { campaign, s3 } = scene;
  await campaign.begin();
  await campaign.result();
  await s3.kill();
  await s3.launch({ readonly: true });
  const env = { ...process.env };
  Object.assign(process.env, s3.env);
  try {
    const lines: number[] = [];
    for await (const { line } of campaign.campaigns.results(campaign.campaignId)) lines.push(line);
    expect(lines).toEqual(CALLED_ONCE.lines);
  } finally {
    process.env = env;
  }
});

test('every history of these campaigns replays', async () => {
  await accounts.end();
  expect(await replayAll(await temporal.client())).toBe(POINTS.length + 3);
});

describe('the command line', () => {
  let s3: S3Server;
  let rig: CliRig;
  beforeAll(async () => {
    s3 = await S3Server.start();
    rig = new CliRig({ ...s3.env, CAMPAIGN_DATA: `s3://${s3.bucket}/calls`, TEMPORAL_ADDRESS: temporal.address });
  });
  afterAll(async () => {
    await rig.endAll();
    rig.close();
    await s3.stop();
  });

  test('keeps the files of a campaign in the bucket and shows its rows from there, also when typed again', async () => {
    const args = ['demo', '--speed', '600', '--json'];
    const first = await rig.run(args);
    expect(first.code).toBe(0);
    const { campaignId, files } = JSON.parse(first.stdout);
    const results = `calls/simulated/${campaignId}/results.csv`;
    expect(files.results).toBe(`s3://${s3.bucket}/${results}`);
    expect((await s3.text(results)).trim().split('\n')).toHaveLength(13);
    expect(first.stderr).toMatch(/\n +2 +\+919876543210 /);
    expect(first.stderr).toContain(`Results: s3://${s3.bucket}/${results}\n`);

    const again = await rig.run(args);
    expect(again.stdout).toBe(first.stdout);
    expect(again.stderr).toMatch(/ended before[\s\S]*\n +2 +\+919876543210 /);
    expect(readdirSync(rig.home, { recursive: true }).filter((file) => String(file).endsWith('.csv'))).toEqual([]);
  });

  test.each([['run', '--to', '+12025550100'], ['worker']])(
    '%s says in one sentence what is wrong with it',
    async (...args) => {
      const env = { BOLNA_API_KEY: 'bn-test', BOLNA_AGENT_ID: '00000000-0000-4000-8000-000000000001' };
      const ended = await rig.run(args, { ...env, CAMPAIGN_DATA: 's3://no-such-bucket' });
      expect(ended).toMatchObject({ code: 2, stdout: '' });
      expect(ended.stderr).toBe(
        `error: The object storage at ${s3.url} has no bucket no-such-bucket: create it, or name another in CAMPAIGN_DATA.\n`,
      );
    },
  );
});
