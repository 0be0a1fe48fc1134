import { type AgentSettings, readAgent } from '../../bolna/agent';
import { isBolnaError } from '../../bolna/errors';
import { differs, type Finding, ok, unknown } from './finding';
import { step } from './step';

/** What of the agent's settings decides whom a campaign calls, and when. */
export const agentStep = step({
  async observe(world): Promise<AgentSettings | undefined> {
    return world
      .persist(() => readAgent(world.http, world.agentId))
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

function shown(judge: (agent: AgentSettings) => Finding) {
  return (agent: AgentSettings | undefined): Finding =>
    agent === undefined ? unknown('Bolna does not show the agent (404 at GET /v2/agent)') : judge(agent);
}

function callingHours({ callingHours: hours }: AgentSettings): Finding {
  if (hours === undefined) return unknown('the agent shows no calling_guardrails that can be read');
  if (hours === null) return ok('the agent has no calling hours: it calls at any hour');
  return ok(`the agent calls from ${hours.start}:00 to ${hours.end}:00 where the person is; other calls wait`);
}

/** An agent that calls people again by itself is outside of what a campaign can promise. */
function autoReschedule({ autoReschedule: on }: AgentSettings): Finding {
  if (on === undefined) return unknown('the agent shows no auto_reschedule');
  return on
    ? differs('auto_reschedule is on: Bolna calls people again who ask for it, which no campaign can count')
    : ok('auto_reschedule is off');
}

function webhook({ hasWebhook }: AgentSettings): Finding {
  if (hasWebhook === undefined) return unknown('the agent shows no webhook_url');
  return ok(hasWebhook ? 'the agent posts its calls to a webhook of its own' : 'the agent has no webhook of its own');
}

function variables({ variables: names }: AgentSettings): Finding {
  if (names.length === 0) return ok('the prompts and the welcome message use no variables');
  return ok(`the contacts file needs columns for: ${names.join(', ')}`);
}
