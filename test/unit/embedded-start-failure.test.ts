import { DiskFullError, ServerStartError } from '../../worker/embedded/errors';
import { explainServerEnd, isPortClash } from '../../worker/embedded/start-failure';

const ended = (output: string) => ({ code: 1, signal: null, output, silent: false });

test('a full disk is told from whatever line the server says it in', () => {
  const output = 'level=ERROR error="database or disk is full (13)"\nError: failed starting server: many words\n';
  expect(explainServerEnd('/h', ended(output))).toBeInstanceOf(DiskFullError);
});

test('a damaged database is named, with both ways out', () => {
  const error = explainServerEnd('/h', ended('Error: failed: file is not a database (26)\n'));
  expect(error.message).toMatch(/^\/h\/temporal\.db is damaged .*restore it from a copy, or move it away/);
});

test('the error lines of the server are shown, without the chatter before them', () => {
  const error = explainServerEnd('/h', ended('banner\nlevel=WARN chatter\nError: something new\n'));
  expect(error).toBeInstanceOf(ServerStartError);
  expect(error.message).toBe(
    'The Temporal server ended with code 1, saying: Error: something new (its log is /h/temporal.log)',
  );
});

test('a server without an error line is quoted with its last lines, each cut to a readable length', () => {
  const output = `${Array.from({ length: 9 }, (_, line) => `line ${line}`).join('\n')}\n${'x'.repeat(1000)}\n`;
  const error = explainServerEnd('/h', ended(output)) as ServerStartError;
  expect(error.lastLines).toEqual(['line 5', 'line 6', 'line 7', 'line 8', `${'x'.repeat(300)}…`]);
});

test('a server that was killed is said to have been', () => {
  const error = explainServerEnd('/h', { code: null, signal: 'SIGKILL', output: '', silent: false });
  expect(error.message).toBe('The Temporal server ended by SIGKILL (its log is /h/temporal.log)');
});

test('a server that answers nobody is pointed to by its log', () => {
  const error = explainServerEnd('/h', { ...ended(''), silent: true });
  expect(error.message).toBe('The Temporal server did not answer in time; its log is /h/temporal.log');
});

test('a port taken by somebody quicker is told from other failures', () => {
  expect(isPortClash(ended("Error: can't set UI port 1: listen tcp 127.0.0.1:1: bind: address already in use"))).toBe(
    true,
  );
  expect(isPortClash(ended('Error: something else'))).toBe(false);
});
