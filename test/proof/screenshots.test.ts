import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepared } from '../support/env';
import { removeFolder, temporaryFolder } from '../support/folders';
import { runWell } from '../support/run-program';

// Campaigns are waited for at each of their stages, and pages to be drawn.
jest.setTimeout(600_000);

const STAGES = ['validating', 'creating', 'scheduling', 'waiting', 'running', 'halting', 'collecting', 'stopped'];

test('the pictures of the documents are taken', async () => {
  const folder = temporaryFolder('pictures-');
  try {
    const env = { ...process.env, TEMPORAL_CLI_PATH: prepared('TEST_CLI_PATH') };
    await runWell('npm', ['run', 'screenshots', '--', folder, '80'], { env });
    for (const name of ['temporal-ui', 'report', ...STAGES, 'list']) {
      const picture = readFileSync(join(folder, `${name}.png`));
      expect(picture.subarray(1, 4).toString()).toBe('PNG');
      // One of an empty page is a tenth of this.
      expect(picture.length).toBeGreaterThan(40_000);
    }
  } finally {
    removeFolder(folder);
  }
});
