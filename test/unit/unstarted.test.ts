import { showsNoStart } from '../../activities/unstarted';
import { batchSchema } from '../../bolna/schemas';

const START = '2026-06-23T07:00:00Z';

test.each([
  ['created', {}, true],
  ['created', { scheduled_at: START }, false],
  ['created', { execution_status: { completed: 1 } }, false],
  ['never-heard-of', {}, true],
  ['never-heard-of', { execution_status: { prepared: 3 } }, true],
  ['never-heard-of', { scheduled_at: START }, false],
  ['never-heard-of', { execution_status: { 'in-progress': 1 } }, false],
  ['never-heard-of', { execution_status: { completed: 1 } }, false],
  ['never-heard-of', { execution_status: { 'never-heard-of-either': 1, prepared: 2 } }, false],
  ['never-heard-of', { execution_status: { 'never-heard-of-either': 0, prepared: 2 } }, true],
  ['scheduled', {}, false],
  ['running', {}, false],
  ['stopped', {}, false],
])('a batch shown as %s with %j shows no start: %s', (status, more, is) => {
  expect(showsNoStart(batchSchema.parse({ batch_id: 'b', status, ...more }))).toBe(is);
});
