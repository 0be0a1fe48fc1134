import { LocalStorage } from './local';
import { isS3Address, parseS3Address } from './s3-address';
import { type CampaignStorage, StorageUnusableError } from './storage';

/**
 * The storage that CAMPAIGN_DATA names: a folder, or `s3://bucket/prefix`, which is tried out first.
 * @param patienceMs how long a sign of life is waited for, twice
 * @throws StorageUnusableError
 */
export async function openStorage(data: string, patienceMs?: number): Promise<CampaignStorage> {
  if (!isS3Address(data)) return new LocalStorage(data);
  const place = parseS3Address(data);
  if (!place)
    throw new StorageUnusableError(`${data} is no address of an object storage: write it as s3://bucket/prefix.`);
  // Loaded only where it is used: the SDK takes as long to load as half of the rest.
  const { S3Storage } = require('./s3') as typeof import('./s3');
  const { checkS3 } = require('./s3-check') as typeof import('./s3-check');
  await checkS3(place, patienceMs);
  return new S3Storage(place);
}
