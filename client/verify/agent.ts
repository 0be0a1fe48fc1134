import { type Agent, variablesOf } from '../../bolna/agent';
import { isBolnaError } from '../../bolna/errors';
import { differs, type Finding, ok, unknown } from './finding';
import { step } from './step';

/** What of the agent's settings decides whom a campaign calls, and when. */
export const agentStep = step({
  async observe(world): Promise<Agent | undefined> {
    return world
      .persist(() => world.bolna.agent(world.agentId))
      .catch((error: unknown) => {
        if (isBolnaError(error, 'not-found')) return undefined;
        throw error;
      });
  },
  checks: [
    ['calling hours', shown(callingHours)],
    ['auto-reschedule', shown(autoReschedule)],
    ['agent webhook', shown(webhook)],
    ['variables', shown(variables)],
  ],
});

function shown(judge: (agent: Agent) => Finding) {
  return (agent: Agent | undefined): Finding =>
    agent === undefined ? unknown('Bolna does not show the agent (404 at GET /v2/agent)') : judge(agent);
}

function callingHours({ guardrails: hours }: Agent): Finding {
  if (hours === undefined) return unknown('the agent shows no calling_guardrails that can be read');
  if (hours === null) return ok('the agent has no calling hours: it calls at any hour');
  return ok(`the agent calls from ${hours.startHour}:00 to ${hours.endHour}:00 where the person is; other calls wait`);
}

/** An agent that calls people again by itself is outside of what a campaign can promise. */
function autoReschedule({ autoReschedule: on }: Agent): Finding {
  if (on === undefined) return unknown('the agent shows no auto_reschedule');
  return on
    ? differs('auto_reschedule is on: Bolna calls people again who ask for it, which no campaign can count')
    : ok('auto_reschedule is off');
}

function webhook({ hasWebhook }: Agent): Finding {
  if (hasWebhook === undefined) return unknown('the agent shows no webhook_url');
  return ok(hasWebhook ? 'the agent posts its calls to a webhook of its own' : 'the agent has no webhook of its own');
}

function variables(agent: Agent): Finding {
  const names = variablesOf(agent, []).map(({ name }) => name);
  if (names.length === 0) return ok('the prompts and the welcome message use no variables');
  return ok(`the contacts file needs columns for: ${names.join(', ')}`);
}
