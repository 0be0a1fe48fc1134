import { asCalled } from '../../client/as-called';
import { programOf } from '../../client/commands/program';

const NPX = { npm_command: 'exec' };
const NAMES = [...programOf('1.0.0').commands.map((command) => command.name()), 'completion'];

test.each(NAMES)('%s is named as it can be typed: with npx where npm runs this program', (name) => {
  const text = `First "bolna-campaigns ${name}", then: bolna-campaigns ${name} ID.`;
  expect(asCalled(text, NPX)).toBe(`First "npx bolna-campaigns ${name}", then: npx bolna-campaigns ${name} ID.`);
  expect(asCalled(text, {})).toBe(text);
});

test.each([{ npm_command: 'run' }, { npm_command: 'run-script' }, { npm_lifecycle_event: 'npx' }])(
  'what npm runs with %j is called by npx',
  (env) => expect(asCalled('bolna-campaigns stop a', env)).toBe('npx bolna-campaigns stop a'),
);

test.each([
  'No worker listens on task queue bolna-campaigns of the Temporal server at localhost:7233',
  'CAMPAIGN_HOME=/home/a npx bolna-campaigns stop a',
  '/home/me/.bolna-campaigns run',
  'bolna-campaigns runs',
])('%j stays as it is', (text) => expect(asCalled(text, NPX)).toBe(text));
