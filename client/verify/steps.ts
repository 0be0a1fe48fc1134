import { accountStep } from './account';
import { agentStep } from './agent';
import { scheduleStep } from './call/schedule';
import { callStep } from './call/watch';
import { createStep } from './create';
import { afterCallStep, earlyStopStep, removeStep } from './remove';
import { rightsStep } from './rights';
import type { Step } from './step';
import { unscheduledStep } from './unscheduled';

/** With a batch that is never scheduled, in this order. */
export const STEPS: readonly Step[] = [
  accountStep,
  agentStep,
  createStep,
  unscheduledStep,
  earlyStopStep,
  removeStep,
  rightsStep,
];

/** The same, and then one real call. @param number E.164, of the person who has asked for it */
export function stepsWithCall(number: string): readonly Step[] {
  return [...STEPS.slice(0, -1), scheduleStep(number), callStep, afterCallStep, rightsStep];
}
