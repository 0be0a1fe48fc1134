import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { errorCode } from './error-code';
import { isPlainPath, type S3Place, s3AddressOf } from './s3-address';
import { resumingBody } from './s3-body';
import { s3Client } from './s3-client';
import { errorName, explainS3Error, httpStatus } from './s3-errors';
import { type ByteRange, type CampaignStorage, FileNotFoundError, ForeignUriError, readText } from './storage';

/** What one file that is being written holds in memory, twice at most. Parts of S3 are 5 MB at least, and 10,000 at most. */
const PART_BYTES = 8 * 1024 * 1024;
/** How often a claim is made anew when it met another one, or the deletion of an earlier one, halfway. */
const MAX_CONFLICTS = 10;

/**
 * Campaign files in an S3-compatible object storage, for workers that share nothing else.
 *
 * An object appears whole or not at all by nature: it is there once its last request is answered. Of the server this asks
 * for what AWS's has: that a read sees every write that was answered before, and that `If-None-Match: *` is decided for one
 * of many (see s3-check.ts).
 *
 * @throws StorageError from every operation, for what the server or the way there refuses
 */
export class S3Storage implements CampaignStorage {
  constructor(
    readonly place: S3Place,
    private readonly client: S3Client = s3Client(),
  ) {}

  async read(path: string, range?: ByteRange): Promise<Readable> {
    const key = this.keyOf(path);
    if (range && range.end <= range.start) return Readable.from([]);
    const get = async (offset: number, version?: string) => {
      const from = (range?.start ?? 0) + offset;
      const stretch = from > 0 || range ? { Range: `bytes=${from}-${range ? range.end - 1 : ''}` } : {};
      const same = version === undefined ? {} : { IfMatch: version };
      const { Body, ETag } = await this.told(path, () =>
        this.client.send(new GetObjectCommand({ ...key, ...stretch, ...same })),
      );
      if (!(Body instanceof Readable)) throw new TypeError('The SDK has given a body that is no stream of Node.');
      return { body: Body, version: ETag };
    };
    const { body, version } = await get(0);
    return resumingBody(
      body,
      async (offset) => (await get(offset, version)).body,
      (error) => explainS3Error(error, this.place),
    );
  }

  async write(path: string, content: Readable | string): Promise<void> {
    const key = this.keyOf(path);
    if (typeof content === 'string') {
      await this.told(path, () => this.client.send(new PutObjectCommand({ ...key, Body: Buffer.from(content) })));
      return;
    }
    const source = new WatchedSource(content);
    const upload = new Upload({
      client: this.client,
      params: { ...key, Body: Readable.from(source) },
      partSize: PART_BYTES,
      // With several at once, the first to fail makes the others fail without a reason, and theirs can be what is told.
      queueSize: 1,
    });
    try {
      // What fails takes its parts with it: the upload is aborted, and the file that stood there stays.
      await upload.done();
    } catch (error) {
      throw source.isToBlameFor(error) ? source.failure : explainS3Error(error, this.place);
    }
  }

  async claim(path: string, text: string): Promise<string> {
    const key = this.keyOf(path);
    for (let conflicts = 0; ; conflicts++) {
      try {
        await this.client.send(new PutObjectCommand({ ...key, Body: text, IfNoneMatch: '*' }));
        return text;
      } catch (error) {
        // Refused because another one stands; or the answer was lost, and then it may be ours that does.
        const standing = await this.standing(path);
        if (standing !== undefined) return standing;
        const another = httpStatus(error) === 409 || httpStatus(error) === 412;
        if (!another || conflicts === MAX_CONFLICTS) throw explainS3Error(error, this.place);
      }
    }
  }

  async size(path: string): Promise<number | undefined> {
    const key = this.keyOf(path);
    try {
      return (await this.client.send(new HeadObjectCommand(key))).ContentLength;
    } catch (error) {
      if (httpStatus(error) !== 404) throw explainS3Error(error, this.place);
    }
    // The answer to HEAD has no body that could say whether the file is missing or the whole bucket.
    await this.told(path, () => this.client.send(new HeadBucketCommand({ Bucket: this.place.bucket })));
    return undefined;
  }

  async *list(folder: string): AsyncGenerator<string> {
    const { Bucket, Key } = this.keyOf(folder);
    const within = { Bucket, Prefix: `${Key}/`, Delimiter: '/' };
    let more: string | undefined;
    do {
      const page = new ListObjectsV2Command({ ...within, ...(more !== undefined && { ContinuationToken: more }) });
      const { Contents = [], NextContinuationToken } = await this.told(folder, () => this.client.send(page));
      for (const { Key: key = '' } of Contents) {
        const name = key.slice(within.Prefix.length);
        // A program for people may have made a folder of it, which is an object without a name.
        if (name !== '') yield name;
      }
      more = NextContinuationToken;
    } while (more !== undefined);
  }

  async delete(path: string): Promise<void> {
    const key = this.keyOf(path);
    await this.told(path, () => this.client.send(new DeleteObjectCommand(key))).catch((error: unknown) => {
      if (!(error instanceof FileNotFoundError)) throw error;
    });
  }

  uriOf(path: string): string {
    this.keyOf(path);
    return s3AddressOf(this.place, path);
  }

  pathOf(uri: string): string {
    const root = `${s3AddressOf(this.place)}/`;
    const path = uri.startsWith(root) ? uri.slice(root.length) : '';
    if (!isPlainPath(path)) throw new ForeignUriError(uri, s3AddressOf(this.place));
    return path;
  }

  private keyOf(path: string): { Bucket: string; Key: string } {
    if (!isPlainPath(path)) throw new ForeignUriError(path, s3AddressOf(this.place));
    return { Bucket: this.place.bucket, Key: `${this.place.prefix}${path}` };
  }

  /** What a claim that was not granted has met; undefined when nothing stands there. */
  private async standing(path: string): Promise<string | undefined> {
    try {
      return await readText(this, path);
    } catch (error) {
      if (error instanceof FileNotFoundError) return undefined;
      throw error;
    }
  }

  /** Sends a request, and says in a sentence what came of it. */
  private async told<T>(path: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (errorName(error) === 'NoSuchKey') throw new FileNotFoundError(path);
      throw explainS3Error(error, this.place);
    }
  }
}

/** A source that remembers its own failure: the caller's error must not be taken for one of the storage. */
class WatchedSource {
  failure: unknown;

  constructor(private readonly source: Readable) {}

  /** Whether an upload has failed because the source has, and not the source because the upload gave it up. */
  isToBlameFor(error: unknown): boolean {
    return error === this.failure || (this.failure !== undefined && errorCode(this.failure) !== 'ABORT_ERR');
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown> {
    try {
      yield* this.source;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
