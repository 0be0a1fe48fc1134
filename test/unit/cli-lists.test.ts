import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { asGiven, storeLists, suppressedAmong } from '../../client/run/do-not-call';
import { recipientsFile } from '../../client/run/recipients';
import { UnreachableListError } from '../../client/web-lists';
import { LocalStorage } from '../../storage/local';
import { readConfig } from '../../worker/config';
import { removeFolder, temporaryFolder } from '../support/folders';

test('notes name a list as it was given, and not its copy in the storage', async () => {
  const folder = temporaryFolder('lists-');
  try {
    const storage = new LocalStorage(join(folder, 'data'));
    const [list, other] = [join(folder, "d$&n'c.csv"), join(folder, 'other.csv')];
    writeFileSync(list, '+12025550101\n');
    writeFileSync(other, '+12025550102\n');
    const typed = relative(process.cwd(), list);
    const given = [typed, other, 'https://example.com/dnc.csv'];
    const [copy = '', copyOfOther = ''] = await storeLists(storage, 'c', given);
    const notes = [`The suppression list ${copy} is empty.`, `2 entries of ${copyOfOther}`, 'another note'];
    // What cannot be found any more keeps the name that it has.
    writeFileSync(other, '+12025550103\n');
    expect(await asGiven(notes, storage, 'c', given)).toEqual([
      `The suppression list ${typed} is empty.`,
      `2 entries of ${copyOfOther}`,
      'another note',
    ]);
  } finally {
    removeFolder(folder);
  }
});

test('lists are named as they were typed, whether they can be used or not', async () => {
  const folder = temporaryFolder('lists-');
  try {
    const people = join(folder, 'people.csv');
    const empty = join(folder, 'empty.csv');
    writeFileSync(people, 'contact_number\n+12025550101\n');
    writeFileSync(empty, '');
    const config = readConfig({ CAMPAIGN_DATA: folder, CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '127.0.0.1' });
    const among = (given: string[]) => suppressedAmong(recipientsFile(people), config, { given });
    const typed = relative(process.cwd(), empty);
    expect((await among([typed]))?.notes).toEqual([`The suppression list ${typed} is empty.`]);
    await expect(among([`${typed}.gone`])).rejects.toThrow(`The suppression list ${typed}.gone cannot be used`);
    // What stands behind the path of an address may be a secret.
    const away = among(['http://127.0.0.1:1/dnc.csv?token=secret']);
    await expect(away).rejects.toBeInstanceOf(UnreachableListError);
    await expect(away).rejects.toThrow(
      /^The suppression list http:\/\/127\.0\.0\.1:1\/dnc\.csv cannot be read now: [A-Z]+\. Try again\.$/,
    );
    const wrong = among(['http://10.0.0.1/dnc.csv?token=secret']);
    await expect(wrong).rejects.toThrow(/^The suppression list http:\/\/10\.0\.0\.1\/dnc\.csv cannot be used: /);
  } finally {
    removeFolder(folder);
  }
});
