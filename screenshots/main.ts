import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare } from '../test/support/prepare';
import { Camera } from './camera';
import { takeReadme } from './readme';
import { takeStages } from './stages';

const [PICTURES = join('docs', 'pictures'), PEOPLE = '240'] = process.argv.slice(2);

/**
 * `npm run screenshots [-- FOLDER PEOPLE]`: the pictures of the README and of docs/operating.md, taken of campaigns on a real
 * Temporal server while they are carried out.
 */
async function main(): Promise<void> {
  await prepare();
  const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const camera = await Camera.open(PICTURES);
  try {
    await takeReadme(camera, folder, Number(PEOPLE));
    await takeStages(camera, folder, Number(PEOPLE));
  } finally {
    await camera.close();
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
