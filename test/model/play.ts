import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Activities } from '../../activities/types';
import { attempt } from '../support/attempts';
import { DAY, HOUR, MINUTE } from '../support/rig';
import { mayBeLost } from './moves';
import { othersWereCalled } from './prediction';
import type { Contacts } from './shape';
import { FAULTS, type Moment, type Step } from './steps';
import type { World } from './world';

/** How long a moment is waited for that may never come. */
const PATIENCE_MS = 3 * DAY;
/** How long an outage lasts at the most once there was a halt. */
const HALTED_OUTAGE_MS = 10 * MINUTE;
/** Longer than a start 33 days ahead, its calls with all their retries, and an outage. */
const LONGEST_MS = 60 * DAY;
/** Steps in whose middle a halt may come: their attempts end well where Bolna does as it should. */
const STEADY: readonly (keyof Activities)[] = [
  'createBatch',
  'scheduleBatch',
  'moveBatch',
  'collectExecutions',
  'deleteTwins',
];
/** Steps that can do harm when an attempt that was thought dead wakes up. */
const WAKING: readonly (keyof Activities)[] = ['scheduleBatch', 'moveBatch'];

/** Plays the steps, then lets the campaign come to its end; one that was terminated or has failed is started once more. */
export async function play(world: World, steps: readonly Step[]): Promise<void> {
  await world.start('own');
  const player = new Player(world);
  for (const step of steps) await player.take(step);
  await player.toTheEnd();
}

class Player {
  constructor(private readonly world: World) {}

  async take(step: Step): Promise<void> {
    const { world } = this;
    const { simulator } = world.rig;
    world.note(`· ${JSON.stringify(step)}`);
    switch (step.do) {
      case 'pass':
        await this.clock.pass(step.ms);
        return;
      case 'halt':
        return this.at(step.at, () => world.halt(step.way));
      case 'terminate':
        return this.at(step.at.when === 'asked' ? { when: 'now' } : step.at, () => world.terminate());
      case 'reschedule':
        return this.at(step.at, () => world.reschedule(step.inMs));
      case 'suppress':
        return this.at(step.at, () => world.suppress(step.i));
      case 'wake':
        return this.wake();
      case 'reset':
        return world.reset(step.to);
      case 'crash':
        world.note('the workers die');
        return world.stage.crash();
      case 'start':
        return this.startAgain(step.contacts);
      case 'lose':
        world.stage.attempts.doom(step);
        return;
      case 'fault': {
        const { endpoint, fault, times } = step;
        simulator.addFault({ endpoint, to: times, when: () => !this.isCalm, action: FAULTS[fault] });
        return;
      }
      case 'outage': {
        const until = (await this.clock.now()) + step.ms;
        // A halt in an outage asks three times a minute: ten minutes show all there is to be seen.
        const isOver = (now: number) => now >= until || now >= (world.run?.halts[0]?.at ?? until) + HALTED_OUTAGE_MS;
        simulator.addFault({ when: ({ at }) => !this.isCalm && !isOver(at), action: { status: 503 } });
      }
    }
  }

  /** Whether Bolna is to do as it should, for an attempt in whose middle a halt comes. */
  private isCalm = false;

  private get clock() {
    return this.world.stage.clock;
  }

  private async startAgain(contacts: Contacts): Promise<void> {
    const { world } = this;
    await world.rest();
    await world.isOver();
    const end = world.run?.end;
    const allowed = end === 'terminated' || end === 'failed' || end === 'canceled';
    try {
      await world.start(contacts);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      world.note('a second start is refused');
      world.tally.add('a second start is refused');
      if (allowed) world.wrongs.push(`A start after a run that ended ${end} was refused.`);
      return;
    }
    if (!allowed) world.wrongs.push(`A second start was taken, although the first run is ${end ?? 'under way'}.`);
  }

  /** Does something at a moment, or at once if that moment does not come. */
  private async at(moment: Moment, act: () => Promise<void>): Promise<void> {
    const { world } = this;
    if (moment.when === 'dying') await this.dying(moment.step, moment.work);
    if (moment.when === 'asked' && (await this.asked(moment, act))) return;
    await world.rest();
    await act();
  }

  /** Attempts that were thought dead make their requests now, while a run is under way that nobody has halted. */
  private async wake(): Promise<void> {
    const { rig, runs, stage, tally } = this.world;
    await this.world.rest();
    if ((await this.world.isOver()) || runs.some(({ halts }) => halts.length > 0)) return;
    const { frozen } = stage.attempts;
    stage.attempts.frozen = [];
    for (const { step, ask } of frozen) {
      if (!WAKING.includes(step)) continue;
      const outcome = await attempt(rig, step, ask as never).catch(String);
      tally.add(`an attempt of ${step} that was thought dead wakes up`);
      this.world.note(`woken ${step}: ${JSON.stringify(outcome)}`);
    }
  }

  private async dying(step: keyof Activities, work: 'undone' | 'done'): Promise<void> {
    let died = false;
    const then = async () => {
      died = true;
      this.world.tally.add(`something done while ${step} had died, its work ${work}`);
      await this.clock.hold();
    };
    this.world.stage.attempts.doom({ step, work, then });
    await this.clock.pass(PATIENCE_MS, async () => died || (await this.world.isOver()), HOUR);
    if (!died) this.world.stage.attempts.forgetDeaths();
  }

  /** @returns whether Bolna was asked within the time */
  private async asked({ endpoint }: Extract<Moment, { when: 'asked' }>, act: () => Promise<void>): Promise<boolean> {
    const { world } = this;
    // The batches of a split campaign have attempts under way side by side, some of which fail.
    if (world.shape.split) return false;
    let acted: Promise<void> | undefined;
    const remove = world.rig.simulator.onRequest(async (phase, request) => {
      const [step, ...others] = world.stage.attempts.underWay;
      if (phase !== 'before' || request.endpoint !== endpoint || acted || others.length > 0) return;
      if (step === undefined || !STEADY.includes(step) || world.stage.attempts.isDoomed(step)) return;
      this.isCalm = true;
      world.tally.add(`something done in the middle of a request to ${endpoint}`);
      acted = act();
      await acted;
    });
    await this.clock.pass(PATIENCE_MS, async () => acted !== undefined || (await world.isOver()), HOUR);
    remove();
    await acted;
    await world.rest();
    this.isCalm = false;
    return acted !== undefined;
  }

  async toTheEnd(): Promise<void> {
    const { world } = this;
    for (let runs = 0; ; runs++) {
      if (!(await this.clock.pass(LONGEST_MS, () => world.isOver()))) {
        world.wrongs.push('The campaign has not come to an end.');
        return;
      }
      const end = world.run?.end;
      if (end !== 'terminated' && end !== 'failed') return;
      if (world.run && mayBeLost(world, world.run)) return;
      if (runs === 3) {
        world.wrongs.push(`Started ${runs} times more with a Bolna that does as it should, the campaign ends ${end}.`);
        return;
      }
      world.rig.simulator.clearFaults();
      world.stage.attempts.spareAll();
      const run = world.run;
      const contacts = run && othersWereCalled(run) ? run.before.contacts : run?.contacts;
      await world.start(contacts ?? 'own');
    }
  }
}
