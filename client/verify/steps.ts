import { accountStep } from './account';
import { agentStep } from './agent';
import { createStep } from './create';
import { earlyStopStep, removeStep } from './remove';
import { rightsStep } from './rights';
import type { Step } from './step';
import { unscheduledStep } from './unscheduled';

/** In this order. No step schedules anything. */
export const STEPS: readonly Step[] = [
  accountStep,
  agentStep,
  createStep,
  unscheduledStep,
  earlyStopStep,
  removeStep,
  rightsStep,
];
