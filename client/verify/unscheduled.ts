import { showsNoDial } from '../../bolna/dialled';
import type { Batch, Execution } from '../../bolna/schemas';
import { parseTime } from '../../bolna/start-time';
import { areAllPrepared, hasBegun, meaningOf, normalise } from '../../bolna/statuses';
import { LIST_LIMIT_MS, listed } from './create';
import { type ExecutionsAnswer, executionsAt, executionsOf } from './executions';
import { differs, type Finding, ok, unknown } from './finding';
import { rowFinding } from './row';
import { step } from './step';
import { isPassing, pauseAfter, type World } from './world';

/** One look at the batch. */
interface Look {
  /** Milliseconds since it was made. */
  afterMs: number;
  batch: Batch;
  raw: Readonly<Record<string, unknown>>;
  executions: readonly Execution[];
}

interface Watched {
  /** When it was made, in milliseconds since the epoch by Bolna's clock. */
  madeAt: number;
  looks: readonly Look[];
  /** Milliseconds after which the list showed it; undefined if it never did. */
  listedAfterMs: number | undefined;
  /** The name that the list shows. */
  listedAs: string | undefined;
  newer: ExecutionsAnswer | undefined;
  older: ExecutionsAnswer | undefined;
}

/** The batch as it stands there, without a start. */
export const unscheduledStep = step({
  needs: 'batch',
  observe: watch,
  checks: [
    ['statuses', statuses],
    ['fields', fields],
    ['contacts', contacts],
    ['times', times],
    ['file name', fileName],
    ['list', list],
    ['executions', executions],
    [
      'row of a call',
      ({ newer, older }, world) => rowFinding((newer ?? older)?.executions ?? [], batchOf(world).number ?? ''),
    ],
    ['nobody called', nobodyCalled],
  ],
});

async function watch(world: World): Promise<Watched> {
  const batch = batchOf(world);
  const { batchId } = batch;
  const madeAt = await world.time.now();
  const from = await world.now();
  const looks: Look[] = [];
  let seen: { afterMs: number; name: string | undefined } | undefined;
  for (let afterMs = 0; ; ) {
    await unlessPassing(async () => {
      const shown = await world.bolna.getBatch(batchId);
      const raw = world.answers.lastBody('get');
      looks.push({ afterMs, batch: shown, raw, executions: await executionsOf(world, batchId) });
    });
    if (!seen) {
      await unlessPassing(async () => {
        const named = await listed(world, batch);
        const any = named ?? (await world.bolna.listBatches(world.agentId, batchId)).find((b) => b.batchId === batchId);
        if (any) seen = { afterMs, name: any.fileName };
      });
    }
    const over = afterMs >= world.setup.watchMs && (seen || afterMs >= LIST_LIMIT_MS);
    if (over) break;
    await world.sleep(pauseAfter(afterMs));
    afterMs = (await world.now()) - from;
  }
  return {
    madeAt,
    looks,
    listedAfterMs: seen?.afterMs,
    listedAs: seen?.name,
    newer: await world.persist(() => executionsAt(world, '/v2/batches', batchId)),
    older: await world.persist(() => executionsAt(world, '/batches', batchId)),
  };
}

export function batchOf({ batch }: World) {
  if (!batch) throw new Error('There is no batch.');
  return batch;
}

/** One look that fails is made up for by the next. */
async function unlessPassing(look: () => Promise<void>): Promise<void> {
  await look().catch((error: unknown) => {
    if (!isPassing(error)) throw error;
  });
}

/** What a status is and when it was first shown: "created" (0 s), "processed" (1 s). */
function statuses({ looks }: Watched): Finding {
  const first = new Map<string, number>();
  for (const { batch, afterMs } of looks) if (!first.has(batch.status)) first.set(batch.status, afterMs);
  if (first.size === 0) return unknown('Bolna gave no usable answer about the batch');
  const words = [...first].map(([word, ms]) => `"${word}" after ${inSeconds(ms)}`).join(', then ');
  const meanings = [...first.keys()].map(meaningOf);
  if (meanings.some((meaning) => meaning !== 'created' && meaning !== 'unknown'))
    return differs(`Bolna shows the batch that was never scheduled as ${words}`);
  if (meanings.includes('unknown'))
    return unknown(`Bolna shows ${words}: a word that is not known, so campaigns decide by other facts`);
  return ok(`Bolna shows ${words}`);
}

/** What a field of a batch has to be, for all that is decided by it. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  batch_id: (value) => typeof value === 'string',
  status: (value) => typeof value === 'string',
  file_name: (value) => typeof value === 'string',
  created_at: (value) => typeof value === 'string',
  total_contacts: (value) => typeof value === 'number',
  valid_contacts: (value) => typeof value === 'number',
  execution_status: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};

function fields({ looks }: Watched): Finding {
  const { raw } = looks.at(-1) ?? {};
  if (!raw) return unknown('Bolna gave no usable answer about the batch');
  const missing = Object.keys(FIELDS).filter((name) => raw[name] === undefined || raw[name] === null);
  const odd = Object.keys(FIELDS).filter((name) => !missing.includes(name) && !FIELDS[name]?.(raw[name]));
  if (missing.length + odd.length === 0) return ok(`GET /batches shows ${Object.keys(FIELDS).join(', ')}`);
  const parts = [
    ...(missing.length > 0 ? [`no ${missing.join(', ')}`] : []),
    ...(odd.length > 0 ? [`${odd.join(', ')} of another type`] : []),
  ];
  return differs(`GET /batches shows ${parts.join(', and ')}`);
}

function contacts({ looks }: Watched): Finding {
  const { raw } = looks.at(-1) ?? {};
  const [total, valid] = [raw?.total_contacts, raw?.valid_contacts];
  if (typeof total !== 'number' || typeof valid !== 'number') return unknown('Bolna does not count the rows');
  if (total !== 1 || valid > 1)
    return differs(`Bolna counts ${total} rows and ${valid} contacts, where 1 row was sent`);
  return valid === 1
    ? ok('1 row was sent, and Bolna counts 1 contact')
    : unknown('Bolna counts no contact: it takes the reserved number for invalid, so some checks have nothing to see');
}

/** A time without an offset is read as UTC. One that stands hours away from the request shows that it is not. */
const MOST_AWAY_MS = 5 * 60_000;

function times({ looks, madeAt }: Watched): Finding {
  const { raw: { created_at, updated_at } = {} } = looks.at(-1) ?? {};
  if (typeof created_at !== 'string') return unknown('Bolna shows no created_at');
  const createdAt = parseTime(created_at);
  if (createdAt === undefined) return differs('the time in created_at cannot be read');
  const away = createdAt - madeAt;
  if (Math.abs(away) > MOST_AWAY_MS)
    return differs(`created_at is read as ${Math.round(away / 60_000)} minutes from the request`);
  const isOdd = typeof updated_at === 'string' && parseTime(updated_at) === undefined;
  return ok(
    `created_at is read as the time of the request${isOdd ? '; updated_at is no time, and is not needed' : ''}`,
  );
}

function fileName({ looks }: Watched, world: World): Finding {
  const { fileName: sent } = batchOf(world);
  const { batch } = looks.at(-1) ?? {};
  if (batch?.fileName === undefined) return differs('GET /batches shows no file_name');
  return batch.fileName === sent
    ? ok('GET /batches shows the file name as it was sent')
    : differs('GET /batches shows another file name than was sent');
}

/** A campaign whose create was not answered finds its batch by this alone. */
function list({ listedAfterMs, listedAs }: Watched, world: World): Finding {
  if (listedAfterMs === undefined)
    return differs(`the agent's list did not show the batch within ${inSeconds(LIST_LIMIT_MS)}`);
  if (listedAs !== batchOf(world).fileName)
    return differs("the agent's list shows the batch without the file name that was sent");
  return ok(`the agent's list showed the file name after ${inSeconds(listedAfterMs)}`);
}

function executions({ newer, older, looks }: Watched): Finding {
  if (!newer && !older) return ok('there are no executions before the start (404)');
  const shapes = [
    `/v2/batches ${newer ? `answers ${shapeWord(newer)}` : 'answers 404'}`,
    `/batches ${older ? `answers ${shapeWord(older)}` : 'answers 404'}`,
  ].join(', ');
  const all = (newer ?? older)?.executions ?? [];
  const words = [...new Set(all.map(({ status }) => String(status)))];
  if (all.length === 0) return ok(`there are no executions before the start; ${shapes}`);
  const after = looks.find(({ executions: seen }) => seen.length > 0)?.afterMs;
  const text = `${all.length} before the start, "${words.join('", "')}"${after === undefined ? '' : ` after ${inSeconds(after)}`}; ${shapes}`;
  if (all.length > 1) return differs(text);
  return words.every((word) => normalise(word) === 'prepared') ? ok(text) : unknown(text);
}

function shapeWord({ shape }: ExecutionsAnswer): string {
  return shape === 'array' ? 'an array' : 'a page';
}

/** Sooner than that, nothing could have been called yet. Milliseconds. */
const FIRST_PAUSE_MS = 1_000;

/** The first of all assumptions: a batch that is not scheduled calls nobody. */
function nobodyCalled({ looks, newer, older }: Watched): Finding {
  if (looks.length === 0) return unknown('Bolna gave no usable answer about the batch');
  const start = looks.find(({ batch }) => batch.scheduledAt !== undefined);
  if (start) return differs('the batch has a start (scheduled_at), and none was asked for');
  if (looks.some(({ batch: { counts } }) => hasBegun(counts ?? {})))
    return differs('Bolna counts calls that have begun, and the batch was never scheduled');
  const all = [...(newer?.executions ?? []), ...(older?.executions ?? [])];
  const counted = looks.every(({ batch: { counts } }) => counts === undefined || areAllPrepared(counts));
  const dialled = all.filter((execution) => !showsNoDial(execution));
  if (dialled.some(({ status }) => hasBegun({ [String(status)]: 1 })))
    return differs('an execution shows a call, and the batch was never scheduled');
  if (dialled.length > 0) return unknown('an execution does not show whether anyone was called');
  const lastMs = looks.at(-1)?.afterMs ?? 0;
  if (lastMs < FIRST_PAUSE_MS)
    return unknown('Bolna was asked only right after the batch was made: give a longer --watch');
  const last = inSeconds(lastMs);
  if (!counted) return unknown(`no sign of a call in ${last}, in words that are not known`);
  return ok(`no start and no call in ${last}`);
}

/** Milliseconds as people read them. */
export function inSeconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
