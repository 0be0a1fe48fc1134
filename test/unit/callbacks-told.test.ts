import { isToldAll } from '../../client/look/callbacks';

const lost = { type: 'campaign.finished', timestamp: '2026-06-23T07:00:00Z', reason: 'The callback answered 503.' };

test.each([
  ['nothing is left', [], null, true],
  ['the first attempt is under way', [], { attempt: 1, lastError: null }, true],
  ['an attempt has failed and is tried again', [], { attempt: 6, lastError: 'The callback answered 503.' }, false],
  ['one was given up', [lost], null, false],
] as const)('whether a callback was told all where %s', (_, undelivered, trying, told) => {
  expect(isToldAll({ undelivered: [...undelivered], trying })).toBe(told);
});
