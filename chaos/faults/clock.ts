import { drawMoment, momentInWords } from '../moments';
import type { Random } from '../random';
import { SPEED } from '../shape';
import type { DrawFault } from './fault';

/** The worker's clock is off by some of Bolna's minutes or hours, from the start or by a jump in the middle. */
export const clock: DrawFault = (random, wishes) => {
  const jumps = Array.from({ length: random.int(1, 2) }, () => ({
    moment: random.chance(0.4) ? undefined : drawMoment(random, wishes),
    minutes: drawMinutes(random),
  }));
  const words = jumps.map(
    ({ moment, minutes }) => `${minutes} min ${moment ? momentInWords(moment) : 'from the start'}`,
  );
  return {
    words: `clock off by ${words.join(', ')}`,
    // A clock that far off asks for starts that Bolna refuses, or that are too late for the campaign.
    mayEnd: ['failed', 'missed'],
    arrange(scene) {
      for (const { moment, minutes } of jumps) {
        const jump = () => {
          scene.note(`clock off by ${minutes} min`);
          scene.crew.order({ clockMs: Math.round((minutes * 60_000) / SPEED) });
        };
        if (!moment) jump();
        else
          scene.at(moment, async () => {
            jump();
            return undefined;
          });
      }
    },
  };
};

function drawMinutes(random: Random): number {
  const size = random.pick([random.int(1, 5), random.int(5, 30), random.int(30, 360)]);
  return random.chance(0.5) ? size : -size;
}
