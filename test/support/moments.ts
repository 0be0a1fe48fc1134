import type { Activities } from '../../activities/types';
import type { Endpoint } from '../../simulator/routes';
import type { Rig } from './rig';

/** Arranges that `act` is called at a certain moment of the campaign that is started next, once. */
export type Reach = (rig: Rig, act: () => Promise<void>) => void;

export function atRequest(
  endpoint: Endpoint,
  phase: 'before' | 'after',
  answer?: 'drop',
  when: (rig: Rig) => boolean = () => true,
): Reach {
  return (rig, act) => {
    const remove = rig.simulator.onRequest(async (at, request) => {
      if (at !== phase || request.endpoint !== endpoint || !when(rig)) return undefined;
      remove();
      await act();
      return answer;
    });
  };
}

export function beforeActivity(name: keyof Activities): Reach {
  return (rig, act) => {
    rig.onActivity = async (phase, activity) => {
      if (phase !== 'before' || activity !== name) return;
      rig.onActivity = undefined;
      await act();
    };
  };
}

/** Some time after an activity, while the campaign sleeps. */
export function afterActivity(name: keyof Activities, ms: number): Reach {
  return (rig, act) => {
    rig.onActivity = (phase, activity) => {
      if (phase !== 'after' || activity !== name) return;
      rig.onActivity = undefined;
      void rig.env.sleep(ms).then(act);
    };
  };
}
