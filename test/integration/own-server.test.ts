import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../worker/config';
import { openTemporal } from '../../worker/temporal';
import { prepared } from '../support/env';

test('a server of our own remembers ended campaigns for years, so that their IDs stay used up', async () => {
  const home = await mkdtemp(join(tmpdir(), 'home-'));
  process.env.TEMPORAL_CLI_PATH = prepared('TEST_CLI_PATH');
  const temporal = await openTemporal(readConfig({ CAMPAIGN_HOME: home }), () => undefined);
  try {
    const { config } = await temporal.connection.workflowService.describeNamespace({ namespace: temporal.namespace });
    const days = Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
    expect(days).toBeGreaterThan(9 * 365);
  } finally {
    await temporal.close();
    await rm(home, { recursive: true, force: true });
  }
});
