import { setTimeout as delay } from 'node:timers/promises';
import { drawMoment, momentInWords } from '../moments';
import type { Deed, StorageMethod, StorageOrder } from '../orders';
import type { Random } from '../random';
import type { DrawFault } from './fault';
import { withdraw } from './kill';

const ALL: readonly StorageMethod[] = ['read', 'write', 'claim', 'size', 'delete'];
/** What is done to which files; those of a kind go wrong together. */
const TOUCHES: readonly [Touch, ...Touch[]] = [
  [['write', 'claim'], ''],
  [['write', 'claim'], ''],
  [ALL, ''],
  [ALL, 'schedule'],
  [['claim'], 'schedule'],
  [['read'], ''],
  [['write'], 'contacts[^/]*\\.csv$'],
  [['read', 'write', 'delete'], 'executions'],
  [['write'], 'results\\.csv$'],
  [['write'], 'summary\\.json$'],
];
type Touch = readonly [methods: readonly StorageMethod[], file: string];

/** The disk is full, broken, read-only or slow for some seconds, or fails after its work was done; then it is mended. */
export const storage: DrawFault = (random, wishes) => {
  const always = random.chance(0.4);
  const moment = drawMoment(random, wishes);
  const forMs = random.int(1_000, 10_000);
  const [methods, file] = random.pick(TOUCHES);
  const order: StorageOrder = {
    id: `storage ${random.next()}`,
    methods,
    file,
    skip: always && methods === ALL ? random.int(0, 6) : 0,
    times: random.pick([1, 2, 1_000]),
    ...drawDeed(random),
  };
  const words = `${order.deed}${'code' in order ? ` ${order.code}` : ''} of ${order.methods.join('/')} ${order.file.replaceAll('\\', '')}`;
  return {
    words: `storage: ${words} ${order.times} times, ${always ? 'from the start' : momentInWords(moment)} for ${forMs / 1000} s`,
    arrange(scene) {
      const begin = () => scene.crew.order({ storage: [...scene.crew.standing.storage, order] });
      let seen = false;
      scene.onObeyed(order.id, () => {
        if (seen) return;
        seen = true;
        scene.note(`storage: ${words}`);
        if (always) void scene.run(mend());
      });
      const mend = async () => {
        await delay(forMs);
        withdraw(scene, order);
      };
      if (always) return begin();
      scene.at(moment, async () => {
        begin();
        void scene.run(mend());
        return undefined;
      });
    },
  };
};

function drawDeed(random: Random): Deed {
  const code = random.pick(['ENOSPC', 'EIO', 'EACCES', 'EROFS', 'ETIMEDOUT', 'ESTALE']);
  const deed = random.pick(['fail', 'fail-after', 'fail-midway', 'slow']);
  return deed === 'slow' ? { deed, ms: random.int(100, 6_000) } : { deed, code };
}
