import { setTimeout as delay } from 'node:timers/promises';
import { pool } from '../../test/support/processes';
import { drawMoment, momentInWords } from '../moments';
import type { DrawFault } from './fault';

/** Temporal's server is killed once or twice and started again on its database file, with or without the worker. */
export const server: DrawFault = (random, wishes) => {
  const deaths = Array.from({ length: random.pick([1, 1, 2]) }, () => ({
    moment: drawMoment(random, wishes),
    awayMs: random.pick([0, random.int(0, 8_000)]),
    withWorker: random.chance(0.35),
    cut: random.chance(0.3),
  }));
  const words = deaths.map(
    ({ moment, awayMs, withWorker }) =>
      `${momentInWords(moment)} for ${awayMs / 1000} s${withWorker ? ', and the worker' : ''}`,
  );
  return {
    words: `server killed ${words.join(' and ')}`,
    arrange(scene) {
      // Two deaths at once are one death.
      const oneAfterAnother = pool(1);
      for (const { moment, awayMs, withWorker, cut } of deaths) {
        scene.at(moment, async () => {
          scene.note(`server killed ${momentInWords(moment)}`);
          const back = oneAfterAnother(async () => {
            await scene.server.kill();
            if (withWorker) await scene.crew.kill();
            await delay(awayMs);
            await scene.server.launch();
            scene.note('server back');
          });
          // A request may be answered while the server is away.
          if (moment.on === 'request' && awayMs > 0) void scene.run(back);
          else await back;
          return cut ? 'drop' : undefined;
        });
      }
    },
  };
};
