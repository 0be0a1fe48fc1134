import type { Execution } from '../../bolna/schemas';
import { readExecution } from '../../results/execution';
import { differs, type Finding, ok, unknown } from './finding';

/** Whether a call shows whom it is to: its row is found by that alone. @param number E.164, of the one row */
export function rowFinding(executions: readonly Execution[], number: string): Finding {
  if (executions.length === 0) return unknown('there is no call yet that could show its number');
  const shown = executions.map((execution) => readExecution(execution)?.numbers ?? []);
  if (shown.some((numbers) => numbers.length === 0))
    return differs('a call shows no number, so its row cannot be found');
  return shown.every((numbers) => numbers.includes(Number(number.slice(1))))
    ? ok('a call shows the number of its row')
    : differs('a call shows another number than its row has');
}
