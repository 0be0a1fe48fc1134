import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { campaignOf, complaintsAbout } from '../../production/campaign';
import { readCompose } from '../../production/compose';
import { webhooksTaken } from '../../production/our-service';
import { findPrograms, Missing } from '../../production/requirements';
import { startSimulator } from '../../simulator/simulator';
import type { CampaignResult } from '../../workflows/state';

const { signal } = new AbortController();
let folder: string;
const { PATH, POSTGRES_BIN } = process.env;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'production-check-'));
  process.env.POSTGRES_BIN = folder;
});
afterEach(() => {
  process.env.PATH = PATH;
  if (POSTGRES_BIN === undefined) delete process.env.POSTGRES_BIN;
  else process.env.POSTGRES_BIN = POSTGRES_BIN;
  rmSync(folder, { recursive: true, force: true });
});

describe('where the production check cannot run, it says what is missing', () => {
  /** A version of the server that is built nowhere. */
  const services = readCompose('docker-compose.yml');
  services.temporal.image = 'temporalio/server:0.0.0';

  test('PostgreSQL', async () => {
    const reason = await findPrograms(services, () => {}, signal).catch((error: unknown) => error);
    expect(reason).toBeInstanceOf(Missing);
    expect(String(reason)).toMatch(/PostgreSQL 15 is missing .*postgresql-15.*POSTGRES_BIN/);
  });

  test('Go', async () => {
    for (const program of ['initdb', 'postgres', 'pg_isready']) writeFileSync(join(folder, program), '');
    process.env.PATH = folder;
    const reason = await findPrograms(services, () => {}, signal).catch((error: unknown) => error);
    expect(reason).toBeInstanceOf(Missing);
    expect(String(reason)).toMatch(/Go is missing: install it/);
  });
});

test('the production check complains of everything that is not as promised', async () => {
  const simulator = await startSimulator();
  try {
    const campaign = campaignOf('plain', 3, 0);
    expect([campaign.rows, new Set(campaign.numbers).size]).toEqual([5, 3]);
    // The fifth row is missing, nobody was dialled, and one is said not to have been.
    const csv = 'line,result\n2,completed\n3,not-called\n4,completed\n5,duplicate\n';
    const result = { status: 'stopped', outcomes: { completed: 2, 'not-called': 1, duplicate: 1 } };
    expect(complaintsAbout(campaign, result as unknown as CampaignResult, csv, simulator)).toEqual([
      'it ended stopped',
      '3 of 3 people were not dialled exactly once',
      '5 rows went in and 4 are in the buckets',
      'its results have 4 of 5 rows',
      '2 rows have no outcome',
      'the two rows that cannot be called are not told',
    ]);
  } finally {
    await simulator.close();
  }
});

test('of the webhooks that a gateway logs, those are taken that it has not refused', () => {
  const lines = [
    'Gateway at http://127.0.0.1:8080',
    ...['/webhooks/bolna/plain~…', '/webhooks/bolna/plain~…', '/campaigns'].flatMap((url, i) => [
      JSON.stringify({ reqId: `req-${i}`, req: { method: 'POST', url }, msg: 'incoming request' }),
      JSON.stringify({ reqId: `req-${i}`, res: { statusCode: i === 1 ? 404 : 202 }, msg: 'request completed' }),
    ]),
  ];
  expect(webhooksTaken(`${lines.join('\n')}\n`)).toBe(1);
});
