import { Command, Option } from 'commander';
import { FAULT_SYNTAX } from './fault-spec';
import { agentFile, amount, count, duration, durationRange, factor, faultList, portNumber, walletUnit } from './flags';
import { DIALECTS, DOCUMENTED_RULES, WALLET_UNITS } from './rules';
import type { SimulatorFlags } from './run';

const DOCUMENTED_RATE_LIMIT = 1000;

const EXAMPLES = `
${FAULT_SYNTAX}

Examples:
  $ bolna-campaigns simulator
      Bolna's real rules on the real clock, for any key that starts with bn-
  $ bolna-campaigns simulator --speed 60 --call-length 20s-90s
      an hour of Bolna in a minute: starts are rounded to 10 s, not 10 min
  $ bolna-campaigns simulator --journal sim.jsonl --fault create:1:reset-after --fault get:3-5:503
      survives kill -9; the first upload is done but its answer lost, three reads fail
  $ curl -H 'Authorization: Bearer bn-any' http://127.0.0.1:5100/user/me
`;

/** `simulator`: the stand-in by itself, until it is interrupted. */
export function simulatorCommand(): Command {
  return new Command('simulator')
    .option('--port <number>', 'port to listen on, 0 for any free one', portNumber, 5100)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--speed <factor>', 'divide every duration and rule by this', factor, 1)
    .option('--rounding <duration>', 'starts are rounded up to a multiple of this (default: 10m)', duration)
    .option('--lead <duration>', 'a start nearer than this is refused (default: 2m)', duration)
    .option('--call-length <duration>', 'length of a conversation, or a range (default: 10s-3m)', durationRange)
    .option('--concurrency <number>', 'simultaneous calls of the account (default: 10)', count)
    .option(
      '--dialect <name>',
      `how answers are worded: ${DIALECTS.join(', ')} (in words that nobody has documented), or a file of verify-api --record`,
      'documented',
    )
    .option(
      '--agent <file>',
      'fields of the agent as GET /v2/agent/{id} answers them, in JSON (default: a greeting without variables)',
      agentFile,
    )
    .option('--seed <text>', 'the results of all calls follow from this and the numbers called')
    .option('--wallet <amount>', 'money in the account; without any, calls end balance-low (default: 10000)', amount)
    .option(
      '--wallet-unit <unit>',
      `what the API gives the wallet in, ${WALLET_UNITS.join(' or ')}, as BOLNA_WALLET_UNIT (default: ${DOCUMENTED_RULES.walletUnit})`,
      walletUnit,
    )
    .option('--journal <file>', 'keep the state in this file and go on from it')
    .addOption(
      new Option('--fault <spec>', 'let something go wrong, see below; may be repeated')
        .argParser(faultList)
        .default([], 'none'),
    )
    .option('--rate-limit <number>', 'requests a minute before 429', count, DOCUMENTED_RATE_LIMIT)
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SimulatorFlags, command: Command) => {
      const { run } = require('./run') as typeof import('./run');
      await run(flags, command);
    });
}
