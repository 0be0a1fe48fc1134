import { fileAt, LocalStorage } from './local';
import { isS3Address, parseS3Address, type S3Place } from './s3-address';
import { type CampaignStorage, StorageUnusableError } from './storage';

/**
 * The storage that CAMPAIGN_DATA names: a folder, or `s3://bucket/prefix`, which is tried out first.
 * @param patienceMs how long a sign of life is waited for, twice
 * @throws StorageUnusableError
 */
export async function openStorage(data: string, patienceMs?: number): Promise<CampaignStorage> {
  if (!isS3Address(data)) return new LocalStorage(data);
  const place = placeOf(data);
  // Loaded only where it is used: the SDK takes as long to load as half of the rest.
  const { checkS3 } = require('./s3-check') as typeof import('./s3-check');
  await checkS3(place, patienceMs);
  return storageAt(data);
}

/**
 * The same, not tried out, for those who only read: they need no right to write.
 * @param data a folder, its `file:` address, or `s3://bucket/prefix`
 * @throws StorageUnusableError for any other address
 */
export function storageAt(data: string): CampaignStorage {
  if (isS3Address(data)) {
    const { S3Storage } = require('./s3') as typeof import('./s3');
    return new S3Storage(placeOf(data));
  }
  const folder = data.startsWith('file:') ? fileAt(data) : undefined;
  if (folder !== undefined) return new LocalStorage(folder);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(data)) {
    throw new StorageUnusableError(
      `${data} is no storage: name a folder, or an address such as s3://bucket/campaigns.`,
    );
  }
  return new LocalStorage(data);
}

function placeOf(address: string): S3Place {
  const place = parseS3Address(address);
  if (place) return place;
  throw new StorageUnusableError(`${address} is no address of an object storage: write it as s3://bucket/prefix.`);
}
