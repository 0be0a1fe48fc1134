/** A place in an object storage: a bucket, and a prefix that is empty or ends with `/`. */
export interface S3Place {
  bucket: string;
  prefix: string;
}

/** What S3 allows as the name of a bucket; other servers allow no more that could be used with it. */
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Whether something is meant as an address in an object storage, and not as a folder. */
export function isS3Address(data: string): boolean {
  return data.startsWith('s3://');
}

/** Reads `s3://bucket/prefix`; undefined where it cannot be one. */
export function parseS3Address(address: string): S3Place | undefined {
  if (!isS3Address(address)) return undefined;
  const [bucket = '', ...folders] = address.slice('s3://'.length).replace(/\/+$/, '').split('/');
  if (!BUCKET.test(bucket) || !folders.every(isSegment)) return undefined;
  return { bucket, prefix: folders.map((folder) => `${folder}/`).join('') };
}

/** The address of a place, or of what stands below it. */
export function s3AddressOf({ bucket, prefix }: S3Place, path = ''): string {
  return `s3://${bucket}/${prefix}${path}`.replace(/\/$/, '');
}

/** Whether every part of a path is a name: none empty, and none that some server or tool could take for a way out. */
export function isPlainPath(path: string): boolean {
  return path.split('/').every(isSegment);
}

function isSegment(name: string): boolean {
  // A key is only text to S3, but servers that keep files, and clients that tidy addresses, follow `..`.
  return name !== '' && name !== '.' && name !== '..' && !/[\p{Cc}\\]/u.test(name);
}
