import { setTimeout as delay } from 'node:timers/promises';
import type { TestProcess } from '../../test/support/processes';
import { drawMoment, drawRequest, momentInWords, type Wish } from '../moments';
import type { Random } from '../random';
import type { Scene } from '../scene';
import type { DrawFault, Fault } from './fault';
import { drawSignal, signalInWords, withdraw } from './kill';

/** The worker stands still for longer than its heartbeat allows, another one takes over, and then it goes on. */
export const freeze: DrawFault = (random, wishes) => {
  // A missing heartbeat is noticed after 20 s; some wake before that is.
  const forMs = random.pick([random.int(5_000, 18_000), random.int(21_000, 35_000), random.int(21_000, 35_000)]);
  return random.chance(0.4) ? inStorage(random, forMs) : atMoment(random, wishes, forMs);
};

function atMoment(random: Random, wishes: readonly Wish[], forMs: number): Fault {
  const moment = random.chance(0.75) ? drawRequest(random, wishes) : drawMoment(random, wishes);
  const lateMs = random.pick([0, 0, random.int(0, 1_500)]);
  return {
    words: `worker frozen ${momentInWords(moment)} for ${forMs / 1000} s`,
    arrange(scene) {
      scene.at(moment, async () => {
        const { current } = scene.crew;
        if (!current) return undefined;
        current.signal('SIGSTOP');
        scene.note(`worker frozen ${momentInWords(moment)}`);
        // The request is held as long: it was not sent yet, or is not answered yet.
        await sleep(scene, current, forMs);
        await delay(lateMs);
        return undefined;
      });
    },
  };
}

/** Between two lines: between the claim and the schedule request, for one. */
function inStorage(random: Random, forMs: number): Fault {
  const order = drawSignal(random, 'SIGSTOP');
  return {
    words: `worker frozen ${signalInWords(order)} for ${forMs / 1000} s`,
    arrange(scene) {
      scene.onObeyed(order.id, () => {
        const { current } = scene.crew;
        scene.note(`worker frozen ${signalInWords(order)}`);
        withdraw(scene, order);
        if (current) void scene.run(sleep(scene, current, forMs));
      });
      scene.crew.order({ storage: [...scene.crew.standing.storage, order] });
    },
  };
}

async function sleep(scene: Scene, frozen: TestProcess, forMs: number): Promise<void> {
  const until = delay(forMs);
  await scene.crew.start();
  await until;
  frozen.signal('SIGCONT');
  scene.note('worker woken');
}
