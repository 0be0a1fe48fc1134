import { bolna } from './faults/bolna';
import { clock } from './faults/clock';
import { type DrawFault, type Fault, KINDS, type Kind } from './faults/fault';
import { freeze } from './faults/freeze';
import { kill } from './faults/kill';
import { operator } from './faults/operator';
import { server } from './faults/server';
import { storage } from './faults/storage';
import type { Wish } from './moments';
import { Random } from './random';
import { drawShape, type Shape } from './shape';

const DRAW: Record<Kind, DrawFault> = { kill, server, freeze, storage, bolna, clock, operator };
/** What may come on top of another fault. A server that is killed is the campaign's own and costs a start. */
const SECOND: readonly [Kind, ...Kind[]] = ['kill', 'kill', 'freeze', 'storage', 'storage', 'bolna', 'bolna', 'clock'];

/** All that is chosen of a run, before it begins; the same for the same seed and number. */
export interface Plan {
  run: number;
  kinds: readonly Kind[];
  shape: Shape;
  faults: readonly Fault[];
}

/** @param only the kind of the first fault; default: each in turn */
export function planOf(seed: string, run: number, only?: Kind): Plan {
  const random = new Random(`${seed} ${run}`);
  const shape = drawShape(random);
  const first = only ?? KINDS[run % KINDS.length] ?? 'kill';
  const others: Kind[] = random.chance(0.5) ? [random.pick(SECOND)] : [];
  if (first !== 'operator' && random.chance(0.35)) others.unshift('operator');
  // What an operator does is drawn first: that adds requests which others can go wrong at.
  const kinds = [first, ...others.filter((kind) => kind !== first)];
  const order = [...kinds].sort((a, b) => Number(b === 'operator') - Number(a === 'operator'));
  const wishes: Wish[] = [];
  const faults = order.map((kind) => {
    const fault = DRAW[kind](random, wishes);
    wishes.push(...(fault.wishes ?? []));
    return fault;
  });
  return { run, kinds, shape, faults };
}

export function isKind(word: string): word is Kind {
  return (KINDS as readonly string[]).includes(word);
}
