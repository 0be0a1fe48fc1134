/** @waits 20 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliRig } from '../support/cli';
import { prepared } from '../support/env';
import { runWell } from '../support/run-program';

/** What a shell offers after Tab, asked for as the shell does. */

let rig: CliRig;
let env: NodeJS.ProcessEnv;
beforeAll(() => {
  rig = new CliRig();
  const bin = join(rig.folder, 'bin');
  mkdirSync(bin);
  mkdirSync(join(rig.folder, 'lists'));
  for (const name of ['recipients.csv', 'lists/do-not-call.csv']) rig.file(name, '');
  const cli = join(prepared('TEST_BUILD'), 'client', 'cli.js');
  writeFileSync(join(bin, 'bolna-campaigns'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`, { mode: 0o755 });
  env = { PATH: `${bin}:${process.env.PATH}`, HOME: rig.folder };
});
afterAll(() => rig.close());

test.each([
  ['st', ['start', 'status', 'stop']],
  ['list --state wa', ['waiting']],
  ['results --only x --form', ['--format']],
  ['validate rec', ['recipients.csv']],
  ['start --csv ./rec', ['./recipients.csv']],
  ['start --suppress lists/d', ['lists/do-not-call.csv']],
  ['results x -o nowhere/', []],
])('bash completes "%s"', async (typed, offers) => {
  const words = ['bolna-campaigns', ...typed.split(' ')];
  // `compopt` works only where a person types.
  const script = `
    source <(bolna-campaigns completion bash)
    compopt() { :; }
    # Of the package bash-completion, which need not be here.
    _get_comp_words_by_ref() { words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}; }
    COMP_WORDS=(${words.join(' ')}) COMP_CWORD=${words.length - 1}
    __bolna_campaigns_complete
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = await runWell('bash', ['-c', script], { env, cwd: rig.folder });
  expect(said.split('\n').filter(Boolean)).toEqual(offers);
});

test.each(['zsh', 'fish', 'powershell'])('there is a script for %s', async (shell) => {
  const { code, stdout } = await rig.run(['completion', shell]);
  expect(stdout).toContain('bolna-campaigns');
  expect(code).toBe(0);
});

test('a shell that there is no script for is refused, and the help says how to use one', async () => {
  const { code, stderr } = await rig.run(['completion', 'tcsh']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('Allowed choices are zsh, bash, fish, powershell')]);
  const help = await rig.run(['completion', '--help']);
  expect(help.stdout).toContain('source <(bolna-campaigns completion bash)');
});
