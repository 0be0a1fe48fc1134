import { formatDistanceToNowStrict } from 'date-fns/formatDistanceToNowStrict';
import { readConfig } from '../../worker/config';
import { asCalled } from '../as-called';
import type { LiveProgress } from '../live-progress';
import { headline } from '../run/follow';
import { printable, rowsText, say } from '../run/print';
import type { ServerInUse } from '../server/in-use';
import { reachCampaign } from '../server/reach';
import { noWorkerAdvice } from '../server/workers';
import { inBothZones } from '../terminal/both-zones';
import { printJson } from '../terminal/json';
import { paint, paintState } from '../terminal/paint';
import { asPath } from '../terminal/path';
import { EXIT, type ExitCode } from '../user-error';
import { type KnownCampaign, knownCampaign } from './known';

const MOST = 1000;

/** Shows how a campaign stands. @returns `failed` where no worker could be asked; what Temporal knows is shown all the same */
export async function status(campaignId: string, { json = false }: { json?: boolean }): Promise<ExitCode> {
  const reached = await reachCampaign(readConfig(process.env), campaignId);
  const { server } = reached;
  try {
    const known = await knownCampaign(reached, campaignId);
    const { silence, batches: _, shown: __, ...campaign } = known;
    if (json) printJson(campaign);
    else {
      if (campaign.warning !== null) process.stdout.write(`${paint('yellow', campaign.warning, process.stdout)}\n`);
      for (const [name, text] of factsOf(known, server)) process.stdout.write(`${name.padEnd(10)} ${asCalled(text)}\n`);
    }
    if (!silence || !server) return EXIT.completed;
    say(noWorkerAdvice(server));
    return EXIT.failed;
  } finally {
    await server?.close();
  }
}

/** What there is to say, each fact under its name. */
function factsOf(campaign: KnownCampaign, server: ServerInUse | undefined): [string, string][] {
  const { campaignId, state, needsAttention, agentId, startedAt, endedAt, progress, shown, batches } = campaign;
  const startsAt = progress ? progress.startsAt : shown.startsAt?.toISOString();
  const facts: [string, string | undefined | false][] = [
    ['Campaign', paint('bold', campaignId, process.stdout)],
    ['State', `${paintState(state, process.stdout)}${stateText(progress, endedAt)}`],
    ['Attention', needsAttention !== null && attentionText(needsAttention, progress)],
    ['Rows', progress?.contacts ? rowsText(progress.contacts) : undefined],
    ['Calls', progress ? callsText(progress) : shownText(shown)],
    ['Start', startsAt ? inBothZones(Date.parse(startsAt)) : undefined],
    ['Batch', progress ? batchText(progress) : batches.join(', ')],
    ['Agent', agentId ?? undefined],
    ['Started', `${ago(startedAt)} ago`],
    ['Looked', progress?.lastLook ? lookText(progress) : undefined],
    ['Halt', progress?.halt ? haltText(progress.halt) : undefined],
    ['Trouble', progress?.lastError ? troubleText(progress) : undefined],
    ...(progress?.notes ?? []).map((text): [string, string] => ['Note', printable(text, MOST)]),
    ['Results', progress?.result?.files ? asPath(progress.result.files.results) : undefined],
    [
      'Temporal',
      server?.uiUrl && !server.brief && `${server.uiUrl}/namespaces/${server.namespace}/workflows/${campaignId}`,
    ],
  ];
  return facts.filter((fact): fact is [string, string] => typeof fact[1] === 'string' && fact[1] !== '');
}

function stateText(progress: LiveProgress | null, endedAt: string | null): string {
  const since = endedAt === null ? '' : `, ended ${ago(endedAt)} ago`;
  const reason = progress?.result?.reason;
  return `${since}${reason ? `: ${printable(reason, MOST)}` : ''}`;
}

function attentionText(kind: string, progress: LiveProgress | null): string {
  const text = progress?.attention?.text;
  return paint('yellow', text === undefined ? kind : `${kind}: ${printable(text, MOST)}`, process.stdout);
}

function callsText(progress: LiveProgress): string {
  const { state, counts, cost, result } = progress;
  if (!result) return state === 'waiting' ? 'none yet' : headline(progress);
  const told = Object.entries(result.outcomes).map(([name, rows]) => `${rows} ${printable(name)}`);
  const money = cost === null ? '' : ` · cost ${(cost / 100).toFixed(2)}`;
  return `${told.join(', ') || `${Object.keys(counts).length} known`}${money}`;
}

function shownText({ rows, settled }: KnownCampaign['shown']): string | undefined {
  return rows === undefined ? undefined : `${settled ?? 0} of ${rows} done, when a worker last told`;
}

function batchText({ batchId, batchStatus, batches }: LiveProgress): string {
  if (batches) return `${batches.done} of ${batches.total} done, ${batches.underWay.length} under way`;
  return batchId === null ? '' : `${batchId}${batchStatus === null ? '' : ` (${printable(batchStatus)})`}`;
}

function lookText({ lastLook, nextLook }: LiveProgress): string {
  const next = nextLook !== null && Date.parse(nextLook) > Date.now() ? `, next in ${ago(nextLook)}` : '';
  return `${lastLook === null ? 'never' : `${ago(lastLook)} ago`}${next}`;
}

function haltText({ kind, by, reason }: NonNullable<LiveProgress['halt']>): string {
  return `${kind} asked for${by === null ? '' : ` by ${printable(by)}`}${reason === null ? '' : `: ${printable(reason, MOST)}`}`;
}

function troubleText({ lastError, step, attempt }: LiveProgress): string {
  const where = step === null ? '' : ` (${step}, attempt ${attempt})`;
  return `${printable(lastError ?? '', MOST)}${where}`;
}

function ago(time: string): string {
  return formatDistanceToNowStrict(Date.parse(time));
}
