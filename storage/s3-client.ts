import { S3Client } from '@aws-sdk/client-s3';

/** How long a connection may take to stand. */
const CONNECT_MS = 5_000;
/** How long nothing may move on a connection. */
const SILENCE_MS = 30_000;

/**
 * A client that finds endpoint, region and credentials where all of AWS's tools do: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL,
 * AWS_REGION, AWS_ACCESS_KEY_ID, AWS_PROFILE, ~/.aws, the role of the machine …
 * @param silenceMs how long nothing may move on a connection; no limit for a whole request, which may take minutes on a slow
 * line
 */
export function s3Client(silenceMs = SILENCE_MS): S3Client {
  // The SDK warns of Node 20 on its own, in every process; what this product needs is for its package.json to say.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return new S3Client({
    // Servers other than AWS's rarely have a host name for each bucket.
    forcePathStyle: customEndpoint() !== undefined,
    // The second attempt is for a connection that died unused; for anything longer, Temporal is the retry loop.
    maxAttempts: 2,
    // By default the SDK adds checksums of its own to every request and wants them back, which other servers refuse or get
    // wrong. Half a body is noticed by its length.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: { connectionTimeout: Math.min(CONNECT_MS, silenceMs), socketTimeout: silenceMs },
  });
}

/** Where the storage is, as a person would name it. */
export function endpointName(): string {
  const endpoint = customEndpoint();
  if (endpoint === undefined) return 'Amazon S3';
  // Only what is no secret: an address may carry a password.
  return URL.canParse(endpoint) ? `The object storage at ${new URL(endpoint).origin}` : 'The object storage';
}

/** The address of a server that is not AWS's own. */
export function customEndpoint(): string | undefined {
  return process.env.AWS_ENDPOINT_URL_S3 || process.env.AWS_ENDPOINT_URL || undefined;
}
