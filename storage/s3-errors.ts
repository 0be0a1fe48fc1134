import { errorCode } from './error-code';
import { type S3Place, s3AddressOf } from './s3-address';
import { endpointName } from './s3-client';
import { StorageError, type StorageTrouble } from './storage';

const THROTTLED = new Set(['SlowDown', 'Throttling', 'ThrottlingException', 'TooManyRequests', 'RequestLimitExceeded']);
const FULL = new Set(['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage', 'StorageFull']);
const WRONG_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const NO_CREDENTIALS = new Set(['CredentialsProviderError', 'TokenProviderError']);
/** What the SDK says without a code. */
const NO_REGION = /^Region (is missing|not accepted)/;
/** Some servers answer these with another status than 403. */
const REFUSED = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken']);

/** The status of an answer; undefined when none came. */
export function httpStatus(error: unknown): number | undefined {
  const metadata = property(error, '$metadata');
  const status = property(metadata, 'httpStatusCode');
  return typeof status === 'number' ? status : undefined;
}

/** What the service calls an error: `NoSuchKey`, `SlowDown`; else what the system calls it: `ECONNREFUSED`. */
export function errorName(error: unknown): string {
  const name = property(error, 'name');
  // The SDK gives network errors a name of its own that says less than their code.
  const plain = name === undefined || name === 'Error' || name === 'TimeoutError';
  return (plain ? errorCode(error) : undefined) ?? String(name ?? 'unknown');
}

/** Turns what the SDK throws into a sentence that an operator can act on. What is no error of the SDK's stays as it is. */
export function explainS3Error(error: unknown, place: S3Place): unknown {
  if (error instanceof StorageError) return error;
  const code = errorName(error);
  const status = httpStatus(error);
  const [trouble, sentence] = judge(code, status, error, place);
  return new StorageError(sentence, trouble, code, { cause: error });
}

function judge(code: string, status: number | undefined, error: unknown, place: S3Place): [StorageTrouble, string] {
  const who = endpointName();
  const answer = status === undefined || code === String(status) ? code : `${status} ${code}`;
  // The answer to a HEAD has no body and is called NotFound; the only one of those that is not looked for is the bucket's.
  if (code === 'NoSuchBucket' || code === 'NotFound')
    return ['missing', `${who} has no bucket ${place.bucket}: create it, or name another in CAMPAIGN_DATA.`];
  if (NO_CREDENTIALS.has(code))
    return [
      'refused',
      `There are no usable credentials for ${s3AddressOf(place)}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.`,
    ];
  if (NO_REGION.test(messageOf(error)))
    return ['refused', `AWS_REGION is not set, or is no region: name the one of the bucket ${place.bucket} there.`];
  if (WRONG_REGION.has(code) || status === 301)
    return ['refused', `The bucket ${place.bucket} is in another region (${answer}): name it in AWS_REGION.`];
  if (FULL.has(code) || status === 507)
    return ['full', `${who} has no room for ${s3AddressOf(place)} (${answer}): make room or raise its quota.`];
  if (THROTTLED.has(code) || status === 429 || status === 503)
    return ['throttled', `${who} asks for fewer requests or is overloaded (${answer}).`];
  if (REFUSED.has(code) || status === 403 || status === 401)
    return [
      'refused',
      `${who} refuses access to ${s3AddressOf(place)} (${answer}): check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, that they may list, read, write and delete there, and this machine's clock.`,
    ];
  if (status === undefined)
    return [
      'unreachable',
      `${who} cannot be reached for ${s3AddressOf(place)} (${reasonOf(code, error)}): check AWS_ENDPOINT_URL_S3, AWS_REGION and the network.`,
    ];
  return ['failed', `${who} answers with an error (${answer}: ${messageOf(error)}).`];
}

function reasonOf(code: string, error: unknown): string {
  return /^E[A-Z]+$/.test(code)
    ? code
    : messageOf(error)
        .replace(/^@smithy\/\S+ - /, '')
        .replace(/\.$/, '');
}

function messageOf(error: unknown): string {
  return String(property(error, 'message') ?? error);
}

/** Told by its shape: an error of another realm is no `instanceof Error`. */
function property(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null && name in object ? Reflect.get(object, name) : undefined;
}
