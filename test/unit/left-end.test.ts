import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homesOf } from '../../client/server/homes';
import { leftEnd } from '../../client/server/left-end';
import { readConfig } from '../../worker/config';

const home = mkdtempSync(join(tmpdir(), 'left-'));
const homes = homesOf(readConfig({ CAMPAIGN_HOME: home }));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const SUMMARY = {
  campaignId: 'a',
  agentId: 'agent',
  startedAt: '2026-06-23T07:00:00.000Z',
  endedAt: '2026-06-23T08:00:00.000Z',
};

async function endWith(summary: string, data = 'data', id = 'a') {
  const folder = join(home, data, id);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'summary.json'), summary);
  const found = await leftEnd(homes, id);
  rmSync(folder, { recursive: true });
  return found;
}

test.each(['completed', 'stopped', 'missed'])('a campaign that has ended %s is told from its files', async (status) => {
  const found = await endWith(JSON.stringify({ ...SUMMARY, status }));
  expect(found).toMatchObject({ result: { campaignId: 'a', status }, agentId: 'agent', endedAt: SUMMARY.endedAt });
});

test('so is one of a simulation', async () => {
  const text = JSON.stringify({ ...SUMMARY, status: 'completed' });
  expect((await endWith(text, 'simulated/data'))?.result.status).toBe('completed');
});

test.each([
  ['that failed, and may have been started again', JSON.stringify({ ...SUMMARY, status: 'failed' })],
  ['that was canceled, and may have been started again', JSON.stringify({ ...SUMMARY, status: 'canceled' })],
  ['of an older version', JSON.stringify({ ...SUMMARY, status: 'completed', endedAt: undefined })],
  ['whose file is damaged', '{"campaignId":'],
  ['whose file is none of ours', 'null'],
])('one %s is for its server to tell', async (_, text) => {
  expect(await endWith(text)).toBeUndefined();
});

test('an ID that can be none leads to no file', async () => {
  writeFileSync(join(home, 'summary.json'), JSON.stringify({ ...SUMMARY, status: 'completed' }));
  expect(await leftEnd(homes, '..')).toBeUndefined();
});
