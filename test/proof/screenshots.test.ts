import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../support/folders';
import { runWell } from '../support/run-program';

// Campaigns are waited for at each of their stages, and pages to be drawn.
jest.setTimeout(600_000);

const STAGES = ['validating', 'creating', 'scheduling', 'waiting', 'running', 'halting', 'collecting', 'stopped'];

test('the pictures of the documents are taken', async () => {
  const folder = temporaryFolder('pictures-');
  try {
    await runWell('npm', ['run', 'screenshots', '--', folder, '80']);
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
