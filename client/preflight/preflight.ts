import { type Agent, variablesOf } from '../../bolna/agent';
import { type Account, BolnaClient } from '../../bolna/client';
import { isBolnaError } from '../../bolna/errors';
import { BolnaTime, clockWarning } from '../../bolna/time';
import { NUMBER_COLUMN } from '../../contacts/number-column';
import { openContacts } from '../../contacts/read';
import { scan } from './scan';
import type { Preflight, PreflightAsk } from './types';
import { notesOn, warningsOn } from './words';

/** An answer is worth waiting for so long. Milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Compares an agent with the contacts that it is to call, before anything is created. That Bolna does not answer is no reason to fail, and
 * is said in the notes.
 * @throws ContactsError where the contacts cannot be used
 */
export async function preflight(ask: PreflightAsk): Promise<Preflight> {
  const { agent, account, unread, clock } = await read(ask);
  const { header, blocks } = await openContacts(await ask.open(), ask.reading);
  const columns = header.columns.filter((column) => column !== NUMBER_COLUMN);
  const variables = agent ? variablesOf(agent, header.columns) : [];
  const used = columns.filter((column) => variables.some(({ name }) => name === column));
  // Of an agent whose words are unknown, each column may be read aloud.
  const wanted = agent && agent.texts.length > 0 ? used : columns;
  const { requireVariables: asked = false } = ask;
  const asksFor = typeof asked === 'boolean' ? (asked ? wanted : []) : [...asked];
  const required = asksFor.length > 0 ? asksFor : null;
  const scanned = await scan({ header, blocks, agent, used, required }, ask);
  const found = {
    ...scanned,
    agent: agent && ask.agentId !== undefined ? { id: ask.agentId, name: agent.name } : null,
    missing: variables.filter(({ name }) => !header.columns.includes(name)),
    used,
    unused: agent?.texts.length ? columns.filter((column) => !isUsed(column, used, agent)) : [],
    required,
    autoReschedule: agent?.autoReschedule ?? null,
    concurrency: account?.concurrency?.max ?? null,
  };
  const words = { ...found, columns: header.columns, hasTexts: agent === undefined || agent.texts.length > 0, unread };
  const warnings = [...(clock === undefined ? [] : [clock]), ...warningsOn(words)];
  return { ...found, warnings, notes: notesOn(words, ask) };
}

/** What a function of the agent passes on is used as well, though nobody hears it. */
function isUsed(column: string, used: readonly string[], agent: Agent): boolean {
  return used.includes(column) || agent.passedOn.includes(column);
}

interface FromBolna {
  agent: Agent | undefined;
  account: Account | undefined;
  /** Why the agent is not known. */
  unread: string | undefined;
  /** What is to be said of this machine's clock, if anything. */
  clock?: string | undefined;
}

async function read({ agentId, bolna }: PreflightAsk): Promise<FromBolna> {
  if (agentId === undefined) return { agent: undefined, account: undefined, unread: 'no agent is named' };
  if (typeof bolna === 'string') return { agent: undefined, account: undefined, unread: bolna };
  const time = new BolnaTime();
  const client = new BolnaClient({ time, ...bolna, timeoutMs: Math.min(bolna.timeoutMs, PATIENCE_MS) });
  try {
    const [agent, account] = await Promise.all([
      answered(client.agent(agentId, AbortSignal.timeout(PATIENCE_MS))),
      answered(client.account(AbortSignal.timeout(PATIENCE_MS))),
    ]);
    const unread = typeof agent === 'string' ? agent : undefined;
    return { agent: known(agent), account: known(account), unread, clock: clockWarning(time.clockIsAhead) };
  } finally {
    await client.close();
  }
}

/** The answer, or why there is none. */
async function answered<T extends object>(answer: Promise<T>): Promise<T | string> {
  return answer.catch((error: unknown) => {
    if (isBolnaError(error)) return error.message.replace(/\.$/, '');
    if (error instanceof DOMException) return 'Bolna did not answer in time';
    throw error;
  });
}

function known<T extends object>(answer: T | string): T | undefined {
  return typeof answer === 'string' ? undefined : answer;
}
