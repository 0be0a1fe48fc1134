import { Command, Option } from 'commander';
import { LISTED_STATES } from '../campaign/listed-states';
import type { CallbacksFlags } from '../look/callbacks';
import type { ListFlags } from '../look/list';
import { agentId, count, since } from '../options/values';
import { PLAIN_EXIT_CODES, RESULT_EXIT_CODES, withHelp } from '../terminal/help';

const CAMPAIGN_JSON =
  '{"campaignId", "warning", "state", "needsAttention", "agentId", "startedAt", "endedAt", "progress"}; warning is what to know first, while a stop or a cancel is not confirmed, else null; progress is null, and the state the last that Temporal was told or "unknown", where no worker answers, else {"state", "batchId", "counts", "settled", "cost", "startsAt", "lastLook", "nextLook", "lastError", "halt", "notes", "step", "attempt", "result"?, …}. Costs are in cents.';
const LIMIT = 50;

/** `status`: one look at a campaign. */
export function statusCommand(): Command {
  const command = new Command('status')
    .argument('<id>', 'campaign ID')
    .option('--json', 'as one line of JSON on stdout')
    .action(async (id: string, flags: { json?: boolean }) => {
      const { status } = require('../look/status') as typeof import('../look/status');
      process.exitCode = await status(id, flags);
    });
  return withHelp(command, {
    examples: ['status morning-2026-06-23', 'status morning-2026-06-23 --json'],
    json: CAMPAIGN_JSON,
    exitCodes: `${PLAIN_EXIT_CODES}. 1 also where no worker could be asked`,
  });
}

/** `watch`: a campaign to its end. */
export function watchCommand(): Command {
  const command = new Command('watch')
    .argument('<id>', 'campaign ID')
    .option('--json', 'each change, and at the end the result, as a line of JSON on stdout')
    .action(async (id: string, flags: { json?: boolean }) => {
      const { watch } = require('../look/watch') as typeof import('../look/watch');
      process.exitCode = await watch(id, flags);
    });
  return withHelp(command, {
    examples: ['watch morning-2026-06-23'],
    json: 'lines of progress, as "status" has it; the last line is the result, as "run" has it.',
    exitCodes: RESULT_EXIT_CODES,
  });
}

/** `callbacks`: what a campaign's callback was told. */
export function callbacksCommand(): Command {
  const command = new Command('callbacks')
    .argument('<id>', 'campaign ID')
    .option('--resend', 'send now what was not delivered, also what is still tried; the event IDs stay the same')
    .option('--json', 'as one line of JSON on stdout')
    .action(async (id: string, flags: CallbacksFlags) => {
      const { callbacks } = require('../look/callbacks') as typeof import('../look/callbacks');
      process.exitCode = await callbacks(id, flags);
    });
  return withHelp(command, {
    examples: ['callbacks morning-2026-06-23', 'callbacks morning-2026-06-23 --resend'],
    json: '{"campaignId", "delivered", "gone", "late", "undelivered": [{"type", "timestamp", "reason"}], "trying"}; with --resend {"campaignId", "events", "says"}.',
    exitCodes: `${PLAIN_EXIT_CODES}, 3 some were not delivered`,
  });
}

/** `list`: campaigns as a table. */
export function listCommand(): Command {
  const command = new Command('list')
    .addOption(new Option('--state <state>', 'only those in this state').choices(LISTED_STATES))
    .option('--agent <id>', 'only those of this Bolna agent', agentId)
    .option('--since <time>', 'only those started since: 2026-06-23, 2026-06-23T12:30:00+05:30, 2h or 7d', since)
    .option('--attention', 'only those that a person should look at')
    .option('--limit <n>', 'how many at most', count, LIMIT)
    .option('--json', 'a line of JSON for each, on stdout')
    .action(async (flags: ListFlags) => {
      const { list } = require('../look/list') as typeof import('../look/list');
      process.exitCode = await list(flags);
    });
  return withHelp(command, {
    examples: ['list --state active', 'list --state failed --since 7d', 'list --attention'],
    json: `a line for each campaign: ${CAMPAIGN_JSON}`,
    exitCodes: PLAIN_EXIT_CODES,
  });
}
