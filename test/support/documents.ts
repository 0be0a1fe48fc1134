import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command that a document shows to be typed. */
export interface DocumentedCommand {
  /** The document and the line in it. */
  place: string;
  /** Without comments, on one line. */
  text: string;
}

/** What a command line is made of, as a shell takes it apart. */
export interface CommandLine {
  env: Record<string, string>;
  program: string;
  args: string[];
}

/** Every command of the documents: the lines of `sh` blocks, and the examples in the help of the command line. */
export function documentedCommands(): DocumentedCommand[] {
  const documents = ['README.md', 'CONTRIBUTING.md', ...readdirSync('docs').map((name) => join('docs', name))];
  return documents.filter((name) => name.endsWith('.md')).flatMap(commandsOf);
}

function commandsOf(document: string): DocumentedCommand[] {
  const found: DocumentedCommand[] = [];
  let block: string | undefined;
  let open: DocumentedCommand | undefined;
  for (const [index, line] of readFileSync(document, 'utf8').split('\n').entries()) {
    const fence = /^```(\w*)$/.exec(line);
    if (fence) block = block === undefined ? fence[1] : undefined;
    else if (block === 'sh' || (block === 'text' && /^ {2}\$ /.test(line))) {
      const text = line.replace(/^ {2}\$ /, '').replace(/(^| +)# .*$/, '');
      if (open) open.text += ` ${text.trim()}`;
      else open = { place: `${document}:${index + 1}`, text };
      if (open.text.endsWith('\\')) open.text = open.text.slice(0, -1).trimEnd();
      else {
        if (open.text !== '') found.push(open);
        open = undefined;
      }
    }
  }
  return found;
}

/** Takes a command line apart; quotes hold words together, nothing is expanded, and what comes goes to no file. */
export function commandLine(text: string): CommandLine {
  const words = [...text.replace(/ >>? \S+$/, '').matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'),
  );
  const first = words.findIndex((word) => !/^[A-Z_0-9]+=/.test(word));
  const env = Object.fromEntries(words.slice(0, first).map((word) => word.split(/=(.*)/s).slice(0, 2)));
  const [program = '', ...args] = words.slice(first);
  return { env, program, args };
}
