import { type BolnaErrorKind, errorFromAnswer, errorFromFailure, parseRetryAfter } from '../../bolna/errors';

const NOW = Date.parse('2026-06-23T07:00:00Z');

function answered(status: number, body = '', headers: Record<string, string> = {}) {
  return errorFromAnswer('create the batch', status, headers, body, NOW);
}

describe('what a status means', () => {
  const cases: [number, BolnaErrorKind][] = [
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [404, 'not-found'],
    [408, 'unavailable'],
    [409, 'refused'],
    [422, 'refused'],
    [429, 'rate-limited'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
    [301, 'refused'],
    [302, 'unavailable'],
  ];
  test.each(cases)('%i is %s', (status, kind) => {
    expect(answered(status).kind).toBe(kind);
  });

  test('a refused key names the variable to mend, and not the key', () => {
    expect(answered(401, '{"message":"Invalid token"}').message).toBe(
      'Bolna refused the API key (401): Invalid token. Check BOLNA_API_KEY and its rights (to create the batch).',
    );
  });
});

describe('what Bolna said', () => {
  test.each([
    ['{"error":400,"message":"agent_id is missing"}', 'agent_id is missing'],
    ['{"detail":"Agent not found"}', 'Agent not found'],
    ['{"error":"No such thing"}', 'No such thing'],
    ['{"message":"","detail":"the second best"}', 'the second best'],
    ['plain words', 'plain words'],
    ['{"detail":[{"loc":["body","agent_id"],"msg":"field required"}]}', 'field required'],
    ['<html><body>502</body></html>', 'a web page instead of JSON'],
  ])('of %s the useful part is said', (body, said) => {
    expect(answered(422, body).message).toContain(said);
  });

  test('a phone number that Bolna quotes is not repeated, for the message ends in a history', () => {
    const { message } = answered(422, '{"message":"Invalid number +91 98765 43210 in row 3"}');
    expect(message).toContain('[number]');
    expect(message).not.toMatch(/98765/);
  });

  test('a time that Bolna quotes is repeated, for it says what to mend', () => {
    const { message } = answered(400, '{"message":"scheduled_at 2026-06-23T07:00:00+00:00 is too near"}');
    expect(message).toContain('2026-06-23T07:00:00+00:00');
  });

  test.each([
    'on 2026-06-23 +12025550101 was busy',
    'called +12025550101 2026-06-23',
    '12025550101-2026-06-23',
    `${'x'.repeat(292)} +12025550101`,
  ])('a phone number beside a date or at the cut is not repeated: %s', (text) => {
    expect(answered(422, text).message).not.toMatch(/1?20255/);
  });

  test('several lines are said in one', () => {
    expect(answered(422, '{"message":"row 3:\\r\\n  no\\u2028number\\u001b[31m"}').message).toBe(
      'Bolna refused to create the batch (422): row 3: no number [31m.',
    );
  });

  test('a key that Bolna quotes is not repeated, not even in part', () => {
    for (const body of [`{"message":"bad key bn-\\u0073ecret-1"}`, `${'x'.repeat(293)} bn-secret-1`]) {
      const error = errorFromAnswer('create the batch', 401, {}, body, NOW, { secret: 'bn-secret-1' });
      expect(error.message).toContain('[key');
      expect(error.message).not.toContain('bn-');
    }
    expect(errorFromFailure('stop the batch', new Error('odd: bn-secret-1'), 'bn-secret-1').message).toContain('[key]');
  });

  test.each([
    ['{"message":"webhook_url https://campaigns.example.com/webhooks/bolna/m~proof is not valid"}', 'is not valid.'],
    ['{"detail":[{"input":"https://campaigns.example.com/webhooks/bolna/m~proof","msg":"no"}]}', '"msg":"no"'],
    [`${'x'.repeat(250)} HTTP://campaigns.example.com/webhooks/bolna/m~proof`, 'campaigns.example.com/…'],
  ])('of an address that Bolna quotes, only the host is repeated: %s', (body, rest) => {
    const { message } = answered(422, body);
    expect(message).toContain('://campaigns.example.com/…');
    expect(message).toContain(rest);
    expect(message).not.toMatch(/webhooks|proof/);
  });

  test('a page of text is cut', () => {
    expect(answered(422, 'x'.repeat(5000)).message.length).toBeLessThan(400);
  });
});

describe('Retry-After', () => {
  test.each([
    ['30', 30_000],
    ['1.5', 1_500],
    ['0', 0],
    ['Tue, 23 Jun 2026 07:01:00 GMT', 60_000],
    ['Tue, 23 Jun 2026 06:00:00 GMT', 0],
    ['999999', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    ['-5', undefined],
  ])('%s', (header, wait) => {
    // "-5" is no number of seconds, and no date: to believe it one long past would be to try again at once.
    expect(parseRetryAfter(header, NOW)).toBe(wait);
  });

  test('is believed where trying again makes sense, and nowhere else', () => {
    const wait = { 'retry-after': '7' };
    expect(answered(429, '', wait).retryAfterMs).toBe(7_000);
    expect(answered(503, '', wait).retryAfterMs).toBe(7_000);
    expect(answered(422, '', wait).retryAfterMs).toBeUndefined();
  });
});

test('a request without an answer leaves open what was done', () => {
  const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const error = errorFromFailure('schedule the batch', lost);
  expect(error.kind).toBe('unavailable');
  expect(error.status).toBeUndefined();
  expect(error.message).toContain('the connection was lost');
});
