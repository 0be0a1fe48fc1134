import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asGiven, storeLists } from '../../client/run/do-not-call';
import { LocalStorage } from '../../storage/local';
import { removeFolder, temporaryFolder } from '../support/folders';

test('notes name a list as it was given, and not its copy in the storage', async () => {
  const folder = temporaryFolder('lists-');
  try {
    const storage = new LocalStorage(join(folder, 'data'));
    const [list, other] = [join(folder, "d$&n'c.csv"), join(folder, 'other.csv')];
    writeFileSync(list, '+12025550101\n');
    writeFileSync(other, '+12025550102\n');
    const given = [list, other, 'https://example.com/dnc.csv'];
    const [copy = '', copyOfOther = ''] = await storeLists(storage, 'c', given);
    const notes = [`The suppression list ${copy} is empty.`, `2 entries of ${copyOfOther}`, 'another note'];
    // What cannot be found any more keeps the name that it has.
    writeFileSync(other, '+12025550103\n');
    expect(await asGiven(notes, storage, 'c', given)).toEqual([
      `The suppression list ${list} is empty.`,
      `2 entries of ${copyOfOther}`,
      'another note',
    ]);
  } finally {
    removeFolder(folder);
  }
});
