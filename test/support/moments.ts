import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../activities/types';
import type { Endpoint } from '../../simulator/routes';
import { cancelSignal, progressQuery, stopSignal } from '../../workflows/messages';
import type { Rig } from './rig';

/** Arranges that `act` is called at a certain moment of the campaign that is started next, once. */
export type Reach = (rig: Rig, act: () => Promise<void>) => void;

/** As a request arrives, with the request still unanswered. */
export function atRequest(endpoint: Endpoint, when: (rig: Rig) => boolean = () => true): Reach {
  return (rig, act) => {
    const remove = rig.simulator.onRequest(async (phase, request) => {
      if (phase !== 'before' || request.endpoint !== endpoint || !when(rig)) return;
      remove();
      await act();
    });
  };
}

/**
 * When Bolna has done a request whose answer was then lost, and the campaign waits to ask again. To be reached without
 * skipping time, or the next attempt would be first.
 */
export function afterLostAnswer(endpoint: Endpoint): Reach {
  return (rig, act) => {
    const remove = rig.simulator.onRequest((phase, request) => {
      if (phase !== 'after' || request.endpoint !== endpoint) return undefined;
      remove();
      void attemptFailed(rig).then(act);
      return 'drop';
    });
  };
}

async function attemptFailed(rig: Rig): Promise<void> {
  for (;;) {
    const { raw } = await rig.latest.describe();
    if (raw.pendingActivities?.some((activity) => activity.lastFailure)) return;
  }
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

/** Some time after an activity, while the campaign sleeps. To be reached without skipping more time than that. */
export function afterActivity(name: keyof Activities, ms: number): Reach {
  return (rig, act) => {
    rig.onActivity = (phase, activity) => {
      if (phase !== 'after' || activity !== name) return;
      rig.onActivity = undefined;
      void rig.env.sleep(ms).then(act);
    };
  };
}

export type Way = 'signal stop' | 'signal cancel' | "Temporal's cancellation";

/**
 * Asks a running campaign to halt. Comes back when the workflow has taken note of it: the time-skipping server refuses a
 * cancellation (ACTIVITY_UNKNOWN) that crosses with the end of the activity, and then hangs. A real server does not.
 */
export async function haltBy(way: Way, handle: WorkflowHandle, why?: unknown): Promise<void> {
  if (way === "Temporal's cancellation") await handle.cancel();
  else await handle.signal<unknown[]>(way === 'signal stop' ? stopSignal.name : cancelSignal.name, why);
  await handle.query(progressQuery);
}
