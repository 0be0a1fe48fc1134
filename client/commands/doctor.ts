import { Command } from 'commander';
import { withHelp } from '../terminal/help';

/** `doctor`: whether everything is there that campaigns need. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .option('--json', 'a line of JSON for each, on stdout')
    .action(async (flags: { json?: boolean }) => {
      const { setUpLogging } = require('../../worker/logging') as typeof import('../../worker/logging');
      const { doctor } = require('../doctor/doctor') as typeof import('../doctor/doctor');
      setUpLogging(process.env.DEBUG ? 'DEBUG' : 'ERROR');
      process.exitCode = await doctor(flags);
    });
  return withHelp(command, {
    examples: ['doctor', 'doctor --json'],
    json: '{"check", "verdict": "ok" | "warning" | "broken", "text"}.',
    exitCodes: '0 nothing is broken, 1 something is',
  });
}
