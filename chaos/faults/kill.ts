import { drawMoment, type Moment, momentInWords, type Wish } from '../moments';
import type { StorageMethod, StorageOrder } from '../orders';
import type { Random } from '../random';
import type { Scene } from '../scene';
import type { DrawFault } from './fault';

/** The worker is killed at one to three moments and started again. */
export const kill: DrawFault = (random, wishes) => {
  const deaths = Array.from({ length: random.pick([1, 1, 2, 3]) }, () =>
    random.chance(0.3) ? inStorage(random) : atMoment(random, wishes),
  );
  return {
    words: `worker killed ${deaths.map(({ words }) => words).join(' and ')}`,
    arrange(scene) {
      for (const death of deaths) death.arrange(scene);
    },
  };
};

interface Death {
  words: string;
  arrange(scene: Scene): void;
}

function atMoment(random: Random, wishes: readonly Wish[]): Death {
  const moment = drawMoment(random, wishes);
  const pauseMs = random.int(0, 2_000);
  const cut = random.chance(0.7);
  return {
    words: `${momentInWords(moment)}${moment.on === 'request' && !cut ? ' (which goes on)' : ''}`,
    arrange: (scene) => scene.at(moment, () => die(scene, moment, pauseMs, cut)),
  };
}

async function die(scene: Scene, moment: Moment, pauseMs: number, cut: boolean): Promise<'drop' | undefined> {
  scene.note(`worker killed ${momentInWords(moment)}`);
  await scene.crew.kill(pauseMs);
  // A request that is under way may get through although its sender is dead.
  return cut ? 'drop' : undefined;
}

/** What is done to which files. The claim decides which batch is scheduled. */
const TOUCHES: readonly [readonly [StorageMethod, string], ...(readonly [StorageMethod, string])[]] = [
  ['claim', 'schedule'],
  ['claim', 'schedule'],
  ['claim', 'schedule'],
  ['read', 'schedule'],
  ['read', 'contacts[^/]*\\.csv$'],
  ['read', 'executions'],
  ['claim', 'batches\\.json$'],
  ['write', 'contacts[^/]*\\.csv$'],
  ['write', 'executions.*part'],
  ['write', 'executions.*jsonl$'],
  ['write', 'results\\.csv$'],
  ['write', 'summary\\.json$'],
  ['delete', 'executions.*part'],
];

/** Between two lines: right before or after the worker touches a file. */
function inStorage(random: Random): Death {
  const order = drawSignal(random, 'SIGKILL');
  return {
    words: signalInWords(order),
    arrange(scene) {
      scene.onObeyed(order.id, () => {
        scene.note(`worker killed ${signalInWords(order)}`);
        withdraw(scene, order);
      });
      scene.crew.order({ storage: [...scene.crew.standing.storage, order] });
    },
  };
}

/** An order to the worker's storage to end or to freeze it, once. */
export function drawSignal(random: Random, signal: 'SIGKILL' | 'SIGSTOP'): StorageOrder {
  const [method, file] = random.pick(TOUCHES);
  return {
    id: `${signal} ${random.next()}`,
    methods: [method],
    file,
    skip: method === 'read' ? random.int(0, 2) : 0,
    times: 1,
    deed: random.pick(['signal-before', 'signal-after']),
    signal,
  };
}

export function signalInWords({ deed, methods, file }: StorageOrder): string {
  return `${deed === 'signal-before' ? 'before' : 'after'} ${methods.join('/')} ${file.replaceAll('\\', '')}`;
}

/** No worker that comes later carries it out again. */
export function withdraw(scene: Scene, ...orders: readonly StorageOrder[]): void {
  const gone = new Set(orders.map(({ id }) => id));
  scene.crew.order({ storage: scene.crew.standing.storage.filter(({ id }) => !gone.has(id)) });
}
