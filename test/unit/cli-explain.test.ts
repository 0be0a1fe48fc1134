import { ApplicationFailure } from '@temporalio/common';
import {
  CampaignConflictError,
  CampaignNotFoundError,
  CampaignOverError,
  ChangeRefusedError,
  ChangeUnansweredError,
  InvalidInputError,
  NoWorkerError,
  ResultsUnavailableError,
  TemporalUnreachableError,
} from '../../client/errors';
import { explain } from '../../client/explain';
import { UserError } from '../../client/user-error';
import { ContactsError } from '../../contacts/errors';
import { JournalError } from '../../simulator/errors';
import { ConfigError } from '../../worker/config-error';
import { CliPathError, DiskFullError, HomeInUseError, ServerStartError } from '../../worker/embedded/errors';

const withCode = (code: string) => Object.assign(new Error(`${code}: it did not work, open '/x'`), { code });

test.each([
  ['a setting', new ConfigError('It is wrong.'), 2],
  ['a contacts file', new ContactsError('empty', 'It is empty.'), 2],
  ['a campaign input', ApplicationFailure.nonRetryable('It is wrong.', 'InvalidInput'), 2],
  ['a campaign input, by the library', new InvalidInputError('c', 'It is wrong.'), 2],
  ['a campaign ID that is taken', new CampaignConflictError('c', ['contacts']), 2],
  ['a campaign ID that nobody knows', new CampaignNotFoundError('c', 'default'), 2],
  ['a campaign that is over', new CampaignOverError('c'), 2],
  ['a server that is not there', new TemporalUnreachableError('host:7233', 'default', 'refused'), 2],
  ['a worker that is not there', new NoWorkerError('c', 'queue'), 1],
  ['a change that is refused', new ChangeRefusedError('c', 'standing', 'It is too late.'), 2],
  ['a change that is not had', new ChangeRefusedError('c', 'not-had', 'Another one counts.'), 2],
  ['a change that no worker has taken', new ChangeUnansweredError('c', 'queue', false), 1],
  ['a change that is not answered', new ChangeUnansweredError('c', 'queue', true), 1],
  ['results that are not there', new ResultsUnavailableError('c', 'none', 'There are none.'), 1],
  ['a person', new UserError('So it is.', 3), 3],
  ['a program that is not there', new CliPathError('/no/temporal'), 2],
  ['a home in use', new HomeInUseError('/home', 42, false), 2],
  ['a journal', new JournalError('Line 2 cannot be read.'), 2],
  ['a full disk of the home', new DiskFullError('/home'), 1],
  ['a server that ends', new ServerStartError('It ended.', []), 1],
  ['a mistake of ours', new TypeError('x is not a function'), 1],
])('%s is told in a sentence that ends, with the exit code for it', (_, error, exitCode) => {
  const explanation = explain(error);
  expect(explanation.exitCode).toBe(exitCode);
  expect(explanation.sentence).toBe(`${error.message.replace(/\.$/, '')}.`);
});

test.each(['ENOSPC', 'EDQUOT'])('%s: the disk is full, and nothing is lost', (code) => {
  const { sentence, exitCode } = explain(withCode(code));
  expect(sentence).toMatch(/^The disk is full: make room .*type the command again; nothing is lost\.$/);
  expect(exitCode).toBe(1);
});

test.each(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'])('%s: the folder is named, and the variables', (code) => {
  const { sentence, exitCode } = explain(withCode(code));
  expect(sentence).toMatch(/'\/x'.*set CAMPAIGN_HOME and CAMPAIGN_DATA/);
  expect(exitCode).toBe(2);
});
