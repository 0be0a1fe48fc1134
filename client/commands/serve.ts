import { Command, InvalidArgumentError } from 'commander';
import { isHolderName, isRole, type Role } from '../gateway/holder';
import { withHelp } from '../terminal/help';

/** `serve`: the HTTP gateway. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on, 0 for any free one', port, 8080)
    .option('--tokens <file>', 'whose tokens it takes; needed beyond this machine')
    .action(async (flags: { host: string; port: number; tokens?: string }) => {
      const { serve } = require('../serve/serve') as typeof import('../serve/serve');
      process.exitCode = await serve(flags);
    });
  return withHelp(command, {
    examples: ['serve', 'serve --host 0.0.0.0 --tokens tokens.txt'],
    notes: 'What it answers is in /openapi.json, with a page to try it at /docs.',
    exitCodes: '0 ended by SIGTERM or Ctrl-C, 2 bad input or configuration',
  });
}

/** `token`: lets somebody in. */
export function tokenCommand(): Command {
  const command = new Command('token')
    .argument('<name>', 'whose it is', holder)
    .option('--role <role>', 'reader (may look) or operator (may start, halt and change too)', role, 'reader')
    .action((name: string, flags: { role: Role }) => {
      const { newToken } = require('../gateway/tokens') as typeof import('../gateway/tokens');
      const { token, line } = newToken({ name, role: flags.role });
      process.stderr.write(`The token, which is shown only now: ${token}\n`);
      process.stdout.write(`${line}\n`);
    });
  return withHelp(command, {
    examples: ['token crm --role operator >> tokens.txt', 'token dashboard >> tokens.txt'],
    exitCodes: '0 done, 2 bad input',
  });
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('It must be a port from 0 to 65535.');
}

function holder(text: string): string {
  if (isHolderName(text)) return text;
  throw new InvalidArgumentError('It must be of 1 to 60 letters, digits, "_", ".", "@" or "-".');
}

function role(text: string): Role {
  if (isRole(text)) return text;
  throw new InvalidArgumentError('It must be reader or operator.');
}
