import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { signed } from '../../activities/callback-signature';
import { readCallbackSecrets } from '../../worker/callback-secrets';
import { temporaryFolder } from '../support/folders';

const OLD = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const NEW = 'whsec_plJ3nmyCDGBKInavdOK15jsl0p9Xc8gq';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder('secrets-');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('without a secret there are none', () => {
  expect(readCallbackSecrets({})).toBeUndefined();
});

test('while a secret is replaced, whoever knows either one can tell that it is us', async () => {
  const secrets = (await readCallbackSecrets({ CAMPAIGN_CALLBACK_SECRET: `${NEW} ${OLD}` })?.()) ?? [];
  const body = '{"type":"campaign.started"}';
  const headers = signed(secrets, 'msg_1', Date.now(), body);
  expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
  for (const secret of [OLD, NEW]) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => new Webhook(OLD).verify(`${body} `, headers)).toThrow();
  expect(() => new Webhook(OLD).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
});

test('a file is read anew each time', async () => {
  const file = join(folder, 'secret');
  writeFileSync(file, `${OLD}\n`);
  const secrets = readCallbackSecrets({ CAMPAIGN_CALLBACK_SECRET_FILE: file });
  const [before] = (await secrets?.()) ?? [];
  writeFileSync(file, `${NEW}\n${OLD}\n`);
  const [first, second] = (await secrets?.()) ?? [];
  expect([second, first?.equals(before ?? Buffer.alloc(0))]).toEqual([before, false]);
});

test.each(['hush', 'whsec_', 'whsec_dG9vIHNob3J0', OLD.replace('whsec_', ''), `${OLD},${NEW}`])(
  '"%s" is no secret',
  (secret) => {
    const read = () => readCallbackSecrets({ CAMPAIGN_CALLBACK_SECRET: secret });
    expect(read).toThrow(/^CAMPAIGN_CALLBACK_SECRET must be "whsec_"/);
  },
);

test('one that cannot be used is not shown', () => {
  const read = () => readCallbackSecrets({ CAMPAIGN_CALLBACK_SECRET: `${OLD},${NEW}` });
  expect(read).not.toThrow(/MfKQ|plJ3/);
});

test('two places for it are one too many, and a file must be there', () => {
  const file = join(folder, 'none');
  expect(() => readCallbackSecrets({ CAMPAIGN_CALLBACK_SECRET: OLD, CAMPAIGN_CALLBACK_SECRET_FILE: file })).toThrow(
    /both set/,
  );
  expect(() => readCallbackSecrets({ CAMPAIGN_CALLBACK_SECRET_FILE: file })).toThrow(/cannot be read/);
});
