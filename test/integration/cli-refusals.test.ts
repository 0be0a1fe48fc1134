import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { CliRig, sentenceOf } from '../support/cli';
import { CommandHost } from '../support/command-host';
import { endAll, pool } from '../support/processes';
import { AGENT } from '../support/simulator';

/**
 * What is refused before anything is begun: exit code 2, one sentence, no request, no server, no file. One of each kind is a process of
 * its own, and so is what tries for a server.
 */

let simulator: Simulator;
/** The files that commands are given. */
let files: CliRig;
const host = new CommandHost();
/** A command is half a second of computing. */
const inTurn = pool(2);

beforeAll(async () => {
  simulator = await startSimulator();
  files = new CliRig();
});
afterAll(async () => {
  await endAll();
  files.close();
  await simulator.close();
});

/** Runs a command on a machine of its own. */
async function withRig<T>(scenario: (rig: CliRig) => Promise<T>): Promise<T> {
  const rig = new CliRig({ BOLNA_API_KEY: 'bn-test', BOLNA_AGENT_ID: AGENT, BOLNA_BASE_URL: simulator.url }, host);
  return inTurn(() => scenario(rig)).finally(() => rig.close());
}

function refused(args: string[], env: NodeJS.ProcessEnv = {}, how: 'ask' | 'run' = 'ask'): Promise<string> {
  return withRig(async (rig) => {
    const ended = await rig[how](args, env);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(simulator.requests).toHaveLength(0);
    expect(await rig.isUntouched()).toBe(true);
    return sentenceOf(ended);
  });
}

describe('a contacts file is refused', () => {
  test.concurrent.each([
    ['empty', '', /^The file is empty: it needs a header line/],
    ['a header alone', 'contact_number\n', /has a header but no contacts: add a line/],
    ['without contact_number', 'who,name\n+919876543210,Asha\n', /no column contact_number .*"who", "name".*rename/],
    ['a workbook', Buffer.from('504b0304140006000800000021', 'hex'), /Excel|workbook|spreadsheet|binary/i],
    ['binary', Buffer.from('\x7fELF\x02\x01\x01\x00\x00some\x01program\n', 'latin1'), /binary, not a CSV/],
  ])('%s', async (name, content, sentence) => {
    expect(await refused(['run', '--csv', files.file(`${name}.csv`, content)])).toMatch(sentence);
  });

  test.concurrent('with no valid row, after its rows are shown with line and reason', async () => {
    const csv = files.file('rejected.csv', 'contact_number\n123\n9.19E+11\n');
    await withRig(async (rig) => {
      const ended = await rig.ask(['run', '--csv', csv]);
      expect(ended.code).toBe(2);
      expect(ended.stderr).toMatch(/2 +contact_number +123 +has no \+ and country code/);
      expect(ended.stderr).toMatch(/3 +contact_number +9\.19E\+11 +the spreadsheet has rounded .*Number/i);
      expect(ended.stderr).toContain('"bolna-campaigns validate FILE" shows every row');
      expect(sentenceOf(ended)).toMatch(/No number in the file can be called/);
      expect(await rig.isUntouched()).toBe(true);
    });
  });

  test.concurrent('that is not there', async () => {
    expect(await refused(['run', '--csv', '/no/such.csv'], {}, 'run')).toBe(
      'There is no file /no/such.csv: check the name given to --csv.',
    );
  });

  test.concurrent('that is a folder', async () => {
    expect(await refused(['run', '--csv', files.folder])).toMatch(/is a folder: give --csv a CSV file/);
  });

  test.concurrent('that is a stream, since it is read more than once', async () => {
    expect(await refused(['run', '--csv', '/dev/null'])).toMatch(/is no file but a stream.*save it to a file/);
  });
});

describe('an option is refused', () => {
  test.concurrent.each([
    [['run'], /^Nobody to call: give --csv FILE, or --to NUMBER/],
    [['run', '--csv', 'x.csv', '--to', '+919876543210'], /'--csv <file>' cannot be used with option '--to/],
    [['run', '--csv', 'x.csv', '--name', 'Asha'], /^--name goes with --to\.$/],
    [['run', '--to', '12'], /^--to .*country code/],
    [['run', '--to', '+9112'], /^--to .*(short|digits|length)/],
    [['run', '--to', '+919876543210', '--dry-run', '--to', 'Asha'], /^--to is not a phone number/],
    [['run', '--bogus'], /unknown option '--bogus'/],
    [['call'], /unknown command 'call'/],
    [['run', 'x.csv', '--simulate'], /too many arguments for 'run'/],
    [['demo', '--csv', 'x.csv'], /unknown option '--csv'/],
    [['demo', '--speed', '0'], /'--speed <factor>' argument '0' is invalid.*from 1 to 1000/],
    [['demo', '--id', '../x'], /campaign ID must be 1 to 120 letters/],
    [['demo', '--agent', 'maya'], /'--agent <id>' argument 'maya' is invalid.*UUID of a Bolna agent/],
    [['demo', '--at', 'soon'], /^--at soon is no time: write it as 2026/],
    [['demo', '--at', '2026-02-30T10:00:00Z'], /is no time/],
    [['demo', '--at', '2099-12-01T10:00:00'], /has no offset.*2099-12-01T10:00:00\+05:30, or Z/],
    [['demo', '--at', 'tomorrow 9:00', '--timezone', 'IST'], /time zone such as Asia\/Kolkata/],
    [
      ['demo', '--at', '2020-12-01T10:00:00+05:30'],
      /^--at 2020-12-01T10:00:00\+05:30 \(2020-12-01 04:30 UTC\) is in the past \(by \d+ years\): give a later time/,
    ],
    [['demo', '--at', '2020-12-01T10:00:00+05:30', '--dry-run'], /in the past/],
    [['simulator', '--port', 'x'], /'--port <number>' argument 'x' is invalid/],
  ])('%j', async (args, sentence) => {
    expect(await refused(args)).toMatch(sentence);
  });

  test.concurrent('no command at all shows what there is', async () => {
    const { code, stderr } = await withRig((rig) => rig.run([]));
    expect(code).toBe(2);
    expect(stderr).toMatch(/Usage: bolna-campaigns[\s\S]*demo[\s\S]*run[\s\S]*worker[\s\S]*simulator/);
  });

  test.concurrent('help is no error, and goes to stdout', async () => {
    const { code, stdout } = await withRig((rig) => rig.ask(['run', '--help']));
    expect(code).toBe(0);
    expect(stdout).toMatch(/--csv <file>[\s\S]*Exit codes: 0 completed/);
  });
});

describe('a setting is refused by its name', () => {
  test.concurrent.each([
    ['BOLNA_TIMEOUT', 'abc', /must be a duration such as/],
    ['BOLNA_BASE_URL', 'foo', /must be an http\(s\) address/],
    ['CAMPAIGN_POLL_MIN', '1h', /must not be longer than CAMPAIGN_POLL_MAX/],
  ])('%s=%s', async (name, value, why) => {
    const sentence = await refused(['run', '--to', '+919876543210'], { [name]: value });
    expect(sentence).toMatch(why);
    expect(sentence.startsWith(name)).toBe(true);
  });

  test.concurrent('no key', async () => {
    const sentence = await refused(['run', '--to', '+919876543210'], { BOLNA_API_KEY: '' }, 'run');
    expect(sentence).toMatch(/^BOLNA_API_KEY is not set: .*"run --simulate" need none/);
  });

  test.concurrent('no agent', async () => {
    const sentence = await refused(['run', '--to', '+919876543210'], { BOLNA_AGENT_ID: '' });
    expect(sentence).toMatch(/^No agent is named: set BOLNA_AGENT_ID or give --agent/);
  });

  test.concurrent('a worker without a key', async () => {
    expect(await refused(['worker', '--embedded'], { BOLNA_API_KEY: '' })).toMatch(/^BOLNA_API_KEY is not set/);
  });

  test.concurrent('a worker without a server', async () => {
    expect(await refused(['worker'])).toMatch(/^TEMPORAL_ADDRESS is not set: .*--embedded/);
  });
});

describe('a gateway is refused', () => {
  const TOKEN = 'crm operator sha256:';
  test.concurrent.each([
    [
      'beyond this machine without tokens',
      ['--host', '0.0.0.0'],
      undefined,
      /^Without tokens anybody who reaches 0\.0\.0\.0 .*--tokens FILE/,
    ],
    [
      'with a file of tokens that is not there',
      ['--tokens', 'none.txt'],
      undefined,
      /^There is no file of tokens none\.txt: make one/,
    ],
    ['with a file that holds none', ['--tokens', 'empty.txt'], '# none yet\n', /^empty\.txt holds no token: make one/],
    [
      'with a token itself in the file',
      ['--tokens', 'secret.txt'],
      `${TOKEN}bc_secret\n`,
      /^Line 1 of secret\.txt is no "name reader\|operator sha256:…"/,
    ],
    ['without a server', [], undefined, /^No Temporal server is named, and none of this machine is up/],
  ])('%s', async (_, args, content, why) => {
    const [, file] = args;
    const named = content === undefined || file === undefined ? args : ['--tokens', files.file(file, content)];
    const sentence = await refused(['serve', ...named]);
    expect(sentence.replaceAll(`${files.folder}/`, '')).toMatch(why);
    expect(sentence).not.toContain('bc_secret');
  });

  test.concurrent.each([
    ['--port', '70000', /port from 0 to 65535/],
    ['--port', 'http', /port from 0 to 65535/],
  ])('at %s %s', async (option, value, why) => {
    expect(await refused(['serve', option, value])).toMatch(why);
  });

  test.concurrent.each([
    ['CAMPAIGN_WEBHOOK_SECRET', 'what-only-the-tests-know-of-webhooks'],
    ['CAMPAIGN_TRUSTED_PROXIES', '10.0.0.0/8'],
  ])('without tokens where others can reach it: %s', async (name, value) => {
    expect(await refused(['serve'], { [name]: value })).toMatch(/asked for no token without --tokens FILE/);
  });

  test.concurrent('and so is a token of no role', async () => {
    expect(await refused(['token', 'crm', '--role', 'admin'])).toMatch(/reader or operator/);
    expect(await refused(['token', 'two words'])).toMatch(/letters, digits/);
  });
});

describe('there is no Temporal server', () => {
  const ONE = ['run', '--to', '+919876543210'];

  test.concurrent('at TEMPORAL_CLI_PATH', async () => {
    const { code, stderr } = await withRig((rig) => rig.run(ONE, { TEMPORAL_CLI_PATH: '/no/temporal' }));
    expect(code).toBe(2);
    expect(stderr).toMatch(/error: TEMPORAL_CLI_PATH is set to \/no\/temporal, which is not an executable/);
  });

  test.concurrent('to be found or fetched', async () => {
    // No PATH, and a proxy that refuses whatever is asked for.
    const nowhere = 'http://127.0.0.1:9';
    const env = { TEMPORAL_CLI_PATH: '', PATH: '/nowhere', HTTPS_PROXY: nowhere, https_proxy: nowhere };
    const ended = await withRig((rig) => rig.run(ONE, env));
    expect(ended.code).toBe(2);
    expect(sentenceOf(ended)).toMatch(/No temporal program here.*TEMPORAL_ADDRESS.*TEMPORAL_CLI_PATH/);
  });

  test.concurrent.each([
    ['127.0.0.1:9', /Connection refused/],
    ['nowhere.invalid:7233', /lookup/],
  ])('at TEMPORAL_ADDRESS=%s', async (address, reason) => {
    const sentence = await refused(ONE, { TEMPORAL_ADDRESS: address }, 'run');
    expect(sentence).toMatch(/^No Temporal server with namespace "default" answers at .*unset TEMPORAL_ADDRESS/);
    expect(sentence).toMatch(reason);
    expect(sentence).not.toMatch(/tonic|ConnectError/);
  });

  test.concurrent('but something mute at TEMPORAL_ADDRESS, which is waited for only so long', async () => {
    const mute = await listening();
    try {
      await withRig(async (rig) => {
        const began = Date.now();
        const ended = await rig.run(ONE, { TEMPORAL_ADDRESS: `127.0.0.1:${portOf(mute)}` });
        expect(ended.code).toBe(2);
        expect(sentenceOf(ended)).toMatch(/^No Temporal server .*no answer in time/);
        // Left to itself, the SDK would try for 30 s.
        expect(Date.now() - began).toBeLessThan(25_000);
      });
    } finally {
      mute.close();
    }
  });
});

test.concurrent('a campaign home that is a file, or cannot be written to, is named', async () => {
  const file = files.file('home-file', '');
  for (const home of [file, '/dev/null/x', '/sys/campaigns']) {
    for (const args of [['demo'], ['run', '--to', '+919876543210']]) {
      const ended = await withRig((rig) => rig.ask(args, { CAMPAIGN_HOME: home }));
      expect(ended.code).toBe(2);
      expect(sentenceOf(ended)).toMatch(new RegExp(`${home}.*set CAMPAIGN_HOME to a folder you can write to`));
    }
  }
});

test.concurrent('a port that the simulator cannot have is named', async () => {
  const other = await listening();
  try {
    const port = portOf(other);
    expect(await refused(['simulator', '--port', String(port)], {}, 'run')).toMatch(
      new RegExp(`^Port ${port} is in use: .*another with --port`),
    );
  } finally {
    other.close();
  }
});

async function listening(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
