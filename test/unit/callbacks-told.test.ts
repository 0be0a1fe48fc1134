import { isToldAll } from '../../client/look/callbacks';
import { attentionOfCallbacks } from '../../workflows/attention';

const lost = { type: 'campaign.finished', timestamp: '2026-06-23T07:00:00Z', reason: 'The callback answered 503.' };

test.each([
  ['nothing is left', [], null, true],
  ['the first attempt is under way', [], { attempt: 1, lastError: null }, true],
  ['an attempt has failed and is tried again', [], { attempt: 6, lastError: 'The callback answered 503.' }, false],
  ['one was given up', [lost], null, false],
] as const)('whether a callback was told all where %s', (_, undelivered, trying, told) => {
  expect(isToldAll({ undelivered: [...undelivered], trying })).toBe(told);
});

test.each([
  ['was given up', { undelivered: [lost], late: null }],
  ['is late', { undelivered: [], late: { ...lost, host: 'h' } }],
])('where one %s, both ways to send it again are named, the one over HTTP first', (_, news) => {
  expect(attentionOfCallbacks('c', news)?.text).toMatch(
    / POST \/campaigns\/c\/callbacks\/resend, or by: bolna-campaigns callbacks c --resend$/,
  );
});
