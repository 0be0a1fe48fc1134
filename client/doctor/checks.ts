import { randomUUID } from 'node:crypto';
import { BolnaClient } from '../../bolna/client';
import { MOST_WRONG_MS } from '../../bolna/time';
import { toldWallet, type Wallet } from '../../bolna/wallet';
import { openStorage } from '../../storage/open-storage';
import type { Account } from '../../worker/accounts';
import type { Config } from '../../worker/config';
import { standingOfAttributes } from '../../worker/search-attributes';
import { type ServerInUse, serverInUse } from '../server/in-use';
import { countWorkers, noWorkerAdvice } from '../server/workers';

/** What one look has found. */
export interface Finding {
  /** What was looked at. */
  check: string;
  /** `warning`: campaigns may run, but perhaps not as meant. */
  verdict: 'ok' | 'warning' | 'broken';
  /** What was found and, where it is not well, what to do. */
  text: string;
}

/** The oldest Node that the package runs on. */
const OLDEST_NODE = [20, 19] as const;
/** Milliseconds by which clocks may differ: starts are asked for with a margin of half a minute. */
const MOST_SKEW_MS = 20_000;

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)
    ? ok('Node', version)
    : broken('Node', `${version} is too old: install Node ${oldestMajor}.${oldestMinor} or later`);
}

/** The server in use, its namespace, and whether a worker listens. */
export async function checkTemporal(config: Config): Promise<Finding[]> {
  let server: ServerInUse;
  try {
    server = await serverInUse(config);
  } catch (error) {
    return [broken('Temporal', textOf(error))];
  }
  try {
    const { address, namespace, simulated } = server;
    const found = [ok('Temporal', `${address}, namespace ${namespace}${simulated ? ' (of a simulation)' : ''}`)];
    const workers = await countWorkers(server);
    const queue = server.config.taskQueue;
    found.push(
      workers > 0
        ? ok('Workers', `${workers} on task queue ${queue}`)
        : { check: 'Workers', verdict: 'warning', text: noWorkerAdvice(server) },
    );
    found.push(await checkAttributes(server));
    return found;
  } catch (error) {
    return [broken('Temporal', textOf(error))];
  } finally {
    await server.close();
  }
}

/** Campaigns run without them, and lists then tell nothing of them. */
async function checkAttributes({ client, namespace }: ServerInUse): Promise<Finding> {
  const check = 'Search';
  const warning = (text: string): Finding => ({ check, verdict: 'warning', text });
  try {
    const { there, missing, foreign } = await standingOfAttributes(client.connection, namespace);
    if (missing.length + foreign.length === 0) return ok(check, `${there.length} search attributes are there`);
    if (foreign.length === 0)
      return warning(
        `no ${missing.join(', ')}: run "bolna-campaigns setup", or Temporal's lists tell nothing of campaigns`,
      );
    return warning(
      `${foreign.join(', ')} of another type than campaigns need: "bolna-campaigns setup" says what to do`,
    );
  } catch (error) {
    return warning(`the server does not say which search attributes it has (${textOf(error)})`);
  }
}

/** Whether campaigns could keep their files: writes one, reads it and takes it away. */
export async function checkStorage({ data }: Config): Promise<Finding> {
  try {
    const storage = await openStorage(data);
    const path = `doctor-${randomUUID()}.txt`;
    await storage.write(path, 'probe');
    await storage.delete(path);
    return ok('Storage', `${data} can be written`);
  } catch (error) {
    return broken('Storage', `${data} cannot be written (${textOf(error)}): mend it, or set CAMPAIGN_DATA`);
  }
}

/** Whether Bolna takes the key of an account, and what it says of wallet and lines. */
export async function checkAccount(config: Config, { name, key, keyName }: Account): Promise<Finding[]> {
  const { baseUrl, timeoutMs, walletUnit } = config.bolna;
  const bolna = new BolnaClient({ apiKey: key, keyName, baseUrl, timeoutMs, walletUnit });
  const check = name === 'default' ? 'Bolna' : `Bolna, ${name}`;
  try {
    const { wallet, concurrency } = await bolna.account();
    return [
      ok(check, `${baseUrl} takes the key in ${keyName}`),
      walletFinding(check, wallet),
      ok(`${check}: lines`, concurrency?.max ? `${concurrency.current ?? 0} of ${concurrency.max} in use` : 'not told'),
    ];
  } catch (error) {
    return [broken(check, textOf(error))];
  } finally {
    await bolna.close();
  }
}

function walletFinding(check: string, wallet: Wallet | undefined): Finding {
  const about = `${check}: wallet`;
  if (!wallet) return ok(about, 'not told');
  // The unit is taken from a setting: whoever knows what is in the wallet sees here whether it is right.
  const text = `${wallet.amount.toFixed(2)} (${toldWallet(wallet)}; if that is wrong, set BOLNA_WALLET_UNIT)`;
  if (wallet.amount > 0) return ok(about, text);
  return { check: about, verdict: 'warning', text: `${text}: fill it, or calls end as balance-low` };
}

/** Whether this machine's clock is that of Bolna, by the date in an answer of any kind. */
export async function checkClock({ bolna: { baseUrl, timeoutMs } }: Config): Promise<Finding> {
  try {
    const asked = Date.now();
    const { headers } = await fetch(baseUrl, { method: 'HEAD', signal: AbortSignal.timeout(timeoutMs) });
    const answered = Date.now();
    const there = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(there)) return ok('Clock', 'Bolna tells no time to compare it with');
    // The header has whole seconds.
    const ahead = Math.round((asked + answered) / 2 - (there + 500));
    return clockFinding(ahead);
  } catch (error) {
    return { check: 'Clock', verdict: 'warning', text: `cannot be compared with Bolna's (${textOf(error)})` };
  }
}

/** @param ahead milliseconds, negative for behind */
export function clockFinding(ahead: number): Finding {
  const off = Math.abs(ahead);
  if (off <= MOST_SKEW_MS) return ok('Clock', 'as Bolna has it, within seconds');
  const text = `${Math.round(off / 1000)} s ${ahead > 0 ? 'ahead of' : 'behind'} Bolna's`;
  if (off > MOST_WRONG_MS) return broken('Clock', `${text}: a worker here schedules nothing until it is set (NTP)`);
  return { check: 'Clock', verdict: 'warning', text: `${text}: set it (NTP); until then the worker uses Bolna's time` };
}

export function ok(check: string, text: string): Finding {
  return { check, verdict: 'ok', text };
}

export function broken(check: string, text: string): Finding {
  return { check, verdict: 'broken', text };
}

export function textOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '');
}
