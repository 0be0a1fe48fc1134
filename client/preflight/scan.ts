import { type Agent, type CallingHours, filledIn } from '../../bolna/agent';
import { type CallAt, callAt } from '../../bolna/calling-hours';
import { isBlank } from '../../contacts/blank';
import { cut } from '../../contacts/cut';
import type { Header } from '../../contacts/header';
import { Judge } from '../../contacts/judge';
import { NUMBER_COLUMN } from '../../contacts/number-column';
import type { TableRow } from '../../contacts/row-splitter';
import { timeZonesOf } from '../../contacts/time-zones';
import { type Place, toldPlace } from '../../contacts/wording';
import type { BlankCell, PreflightAsk, Scan } from './types';

export interface ScanSetup {
  header: Header;
  blocks: AsyncIterable<TableRow[]>;
  agent: Agent | undefined;
  /** Columns that the agent's words use. */
  used: readonly string[];
  /** Those in which a row must have a value to be called. */
  required: readonly string[] | null;
}

const FIRST_PEOPLE = 3;
const FIRST_BLANKS = 5;
const MAX_SHOWN = 30;

/** Reads the contacts once, as a campaign would. */
export async function scan(setup: ScanSetup, ask: PreflightAsk): Promise<Scan> {
  const { header, blocks, agent, used, required } = setup;
  const { columns } = header;
  const judge = new Judge(header, { ...ask.reading, suppressed: ask.suppressed, required: required ?? [] });
  const usedAt = used.map((column) => ({ column, at: columns.indexOf(column) }));
  const found: Scan = { people: 0, blank: { rows: 0, first: [] }, welcome: [], callingHours: null };
  const hours = agent?.guardrails && !ask.bypassGuardrails ? new Hours(agent.guardrails, ask.startsAt) : undefined;
  const noteBlank = (place: Place, { column, value }: Pick<BlankCell, 'column' | 'value'>) => {
    found.blank.rows += 1;
    if (found.blank.first.length < FIRST_BLANKS)
      found.blank.first.push({ ...toldPlace(place), column, value: cut(value, MAX_SHOWN) });
  };
  for await (const block of blocks) {
    for (const row of block) {
      const { cells } = row;
      const judged = judge.judge(row);
      if (judged.verdict === 'rejected' && required?.includes(judged.column)) noteBlank(row, judged);
      if (judged.verdict !== 'valid') continue;
      found.people += 1;
      const blank = usedAt.find(({ at }) => isBlank(cells[at] ?? ''));
      if (blank) noteBlank(row, { column: blank.column, value: cells[blank.at] ?? '' });
      if (agent?.welcome && found.welcome.length < FIRST_PEOPLE) {
        const values = Object.fromEntries(columns.map((column, at) => [column, cells[at] ?? '']));
        found.welcome.push(filledIn(agent.welcome, { ...values, [NUMBER_COLUMN]: judged.number }));
      }
      hours?.count(judged.number);
    }
  }
  if (agent?.guardrails)
    found.callingHours = { ...agent.guardrails, calls: (hours ?? new Hours(agent.guardrails, 0)).calls };
  return found;
}

/** Counts what calling hours make of calls at one moment. */
class Hours {
  readonly calls: Record<CallAt, number> = { now: 0, 'later-today': 0, tomorrow: 0, depends: 0, unknown: 0 };
  readonly #known = new Map<readonly string[], CallAt>();

  constructor(
    private readonly hours: CallingHours,
    private readonly at: number,
  ) {}

  count(number: string): void {
    const zones = timeZonesOf(number);
    let call = this.#known.get(zones);
    if (call === undefined) {
      call = callAt(this.hours, zones, this.at);
      this.#known.set(zones, call);
    }
    this.calls[call] += 1;
  }
}
