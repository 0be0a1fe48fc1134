import { type Config, readConfig, requireAccounts } from '../../worker/config';
import { asCalled } from '../as-called';
import { printable } from '../run/print';
import { printJson } from '../terminal/json';
import { paint } from '../terminal/paint';
import { EXIT, type ExitCode } from '../user-error';
import {
  broken,
  checkAccount,
  checkClock,
  checkNode,
  checkStorage,
  checkTemporal,
  type Finding,
  textOf,
} from './checks';

const MARKS = { ok: paintMark('green', '✓'), warning: paintMark('yellow', '!'), broken: paintMark('red', '✗') };
const MOST = 500;

/** Looks at everything a campaign needs, and says a line of each. @returns `failed` where something is broken */
export async function doctor({ json = false }: { json?: boolean }): Promise<ExitCode> {
  let isBroken = false;
  for await (const finding of findings()) {
    isBroken ||= finding.verdict === 'broken';
    if (json) printJson(finding);
    else
      process.stdout.write(
        `${MARKS[finding.verdict]()} ${finding.check.padEnd(14)} ${printable(asCalled(finding.text), MOST)}\n`,
      );
  }
  return isBroken ? EXIT.failed : EXIT.completed;
}

async function* findings(): AsyncGenerator<Finding> {
  yield checkNode();
  let config: Config;
  try {
    config = readConfig(process.env);
  } catch (error) {
    yield broken('Settings', textOf(error));
    return;
  }
  yield* await checkTemporal(config);
  yield await checkStorage(config);
  try {
    for (const account of requireAccounts(config)) yield* await checkAccount(config, account);
  } catch (error) {
    yield broken('Bolna', textOf(error));
    return;
  }
  yield await checkClock(config);
}

function paintMark(style: 'green' | 'yellow' | 'red', mark: string): () => string {
  return () => paint(style, mark, process.stdout);
}
