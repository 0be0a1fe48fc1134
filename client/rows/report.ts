import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { writeReport } from '../../report/write';
import { readConfig } from '../../worker/config';
import { say } from '../run/print';
import { printJson } from '../terminal/json';
import { writeOutput } from '../terminal/output-file';
import { EXIT, type ExitCode } from '../user-error';
import { storageOfResults } from './left';

export interface ReportFlags {
  output?: string;
  open?: boolean;
  json?: boolean;
}

/** Makes the report of a campaign that is over, from what it has left. @throws UserError, ReportError */
export async function report(campaignId: string, { output, open, json }: ReportFlags): Promise<ExitCode> {
  const storage = await storageOfResults(readConfig(process.env), campaignId);
  const file = resolve(output ?? `${campaignId}.html`);
  const page = new PassThrough();
  const writing = writeOutput(file, page, '--output');
  // Where no file can be, nobody reads the page, which would wait for that for ever.
  writing.catch(() => page.destroy());
  const [, written] = await Promise.all([writing, writeReport(storage, campaignId, page)]);
  if (json) printJson({ campaignId, file, ...written });
  else process.stdout.write(`${file}\n`);
  if (written.shownRows < written.rows) say(`It lists ${written.shownRows} of ${written.rows} rows, and says which.`);
  if (open) show(file);
  return EXIT.completed;
}

const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Shows a file in the browser of the person, who has its path where that fails. */
function show(file: string): void {
  const [program, ...before] = OPENERS[process.platform] ?? ['xdg-open'];
  const opener = spawn(program, [...before, file], { stdio: 'ignore', detached: true });
  opener.once('error', () => say(`No browser can be started with ${program}: open the file yourself.`));
  opener.unref();
}
