import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { programOf } from '../../client/commands/program';
import { version } from '../../client/version';

const program = programOf(version());
/** The help of a command as it is printed at 100 columns, which no terminal decides on. */
function helpOf(name: string): string {
  const command = program.commands.find((each) => each.name() === name);
  if (!command) throw new Error(`There is no command ${name}.`);
  let text = '';
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}

const NAMES = program.commands.map((command) => command.name());

test.each(NAMES)('the help of %s has examples that begin as it is called', (name) => {
  const help = helpOf(name);
  expect(help).toMatch(/\nExamples:\n/);
  const examples = [...help.matchAll(/^ {2}\$ (?:\w+=\S+ )*bolna-campaigns (\S+)/gm)].map(([, first]) => first);
  expect(examples.length).toBeGreaterThan(0);
  expect(new Set(examples)).toEqual(new Set([name]));
});

test('docs/commands.md is what the commands say of themselves', () => {
  const file = resolve('docs/commands.md');
  const parts = NAMES.map((name) => `## ${name}\n\n\`\`\`text\n${helpOf(name).trimEnd()}\n\`\`\`\n`);
  const text = `# Commands\n\nMade from the command line's own help by \`npm run docs\`. Results go to stdout, talk to stderr; colours only to a terminal, and never where\n\`NO_COLOR\` is set. \`completion\` prints what a shell needs to complete what is typed.\n\n${parts.join('\n')}`;
  if (process.env.UPDATE_DOCS) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

test('the version is that of the package', () => {
  expect(version()).toBe(JSON.parse(readFileSync(resolve('package.json'), 'utf8')).version);
});
