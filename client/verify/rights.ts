import type { BolnaEndpoint } from '../../bolna/http';
import type { SeenAnswer } from './answers';
import { differs, type Finding, ok } from './finding';
import { step } from './step';

/** What a campaign asks of Bolna, in a person's words. */
const RIGHTS: Readonly<Record<BolnaEndpoint, string>> = {
  me: 'read the account',
  agent: 'read the agent',
  'agent-executions': "read the agent's executions",
  create: 'create a batch',
  get: 'read a batch',
  list: 'list batches',
  executions: 'read executions',
  execution: 'read one execution',
  schedule: 'schedule a batch',
  stop: 'stop a batch',
  'stop-call': 'stop one call',
  recording: 'open a recording',
  delete: 'delete a batch',
};

/** What the key may do, by all that was asked before. */
export const rightsStep = step({
  observe: async ({ answers }) => answers.all,
  checks: [['rights of the key', rights]],
});

function rights(answers: readonly SeenAnswer[]): Finding {
  const refused = answers.filter(({ status }) => status === 401 || status === 403);
  const words = (of: readonly SeenAnswer[]) => [...new Set(of.map(({ endpoint }) => RIGHTS[endpoint]))].join(', ');
  if (refused.length > 0) return differs(`the key may not: ${words(refused)}`);
  return ok(`nothing was refused: ${words(answers)}`);
}
