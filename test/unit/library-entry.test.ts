import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { prepared } from '../support/env';

/** What a program loads that imports the package. In a process of its own: jest has modules of its own loaded. */
function loaded(): { exported: string[]; files: string[] } {
  const script = `
    const { main } = require(${JSON.stringify(join(process.cwd(), 'package.json'))});
    const library = require(require('node:path').join(process.env.TEST_BUILD, main.replace(/^dist\\//, '')));
    console.log(JSON.stringify({ exported: Object.keys(library), files: Object.keys(require.cache) }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  if (stderr) throw new Error(stderr);
  return JSON.parse(stdout);
}

test('the library exports its client and its errors', () => {
  expect(loaded().exported.sort()).toEqual([
    'CAMPAIGN_ATTRIBUTES',
    'CampaignClient',
    'CampaignConflictError',
    'CampaignEndedError',
    'CampaignNotFoundError',
    'CampaignOverError',
    'ChangeRefusedError',
    'ChangeUnansweredError',
    'ContactsRefusedError',
    'InvalidInputError',
    'NoServerNamedError',
    'NoWorkerError',
    'ResultsDamagedError',
    'ResultsUnavailableError',
    'TemporalUnreachableError',
  ]);
});

test('whoever imports the library loads no worker, native code, simulator, nor anything of Bolna or of phone numbers', () => {
  const { files } = loaded();
  expect(files.filter((file) => file.includes('@temporalio/client/'))).not.toEqual([]);
  const heavy = /@temporalio\/(worker|core-bridge|testing|activity)\/|\.node$|libphonenumber|@aws-sdk|undici|commander/;
  const own = new RegExp(`^${prepared('TEST_BUILD')}/(worker|simulator|bolna|activities|client/(run|commands)/)`);
  expect(files.filter((file) => heavy.test(file) || own.test(file))).toEqual([]);
});
