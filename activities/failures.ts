import { ApplicationFailure, ApplicationFailureCategory, TemporalFailure } from '@temporalio/common';
import { isBolnaError } from '../bolna/errors';
import { ContactsError, SuppressionError } from '../contacts/errors';
import { AnswerError, isOfNoUse } from '../egress/errors';
import { errorCode } from '../storage/error-code';
import { FileNotFoundError, ForeignUriError, StorageError, type StorageTrouble } from '../storage/storage';

/** A key that was refused is tried again this often, so that a mended one is noticed soon and a wrong one costs little. */
const KEY_REFUSED_WAIT_MS = 60_000;

/** What an operator has to know most: nothing needs to be started anew. */
const GOES_ON = ' The campaign goes on by itself.';

/** Failures of an object storage, by what is the matter with it. */
const STORAGE_FAILURES: Record<StorageTrouble, string> = {
  unreachable: 'StorageUnavailable',
  throttled: 'StorageThrottled',
  refused: 'StorageRefused',
  missing: 'StorageMissing',
  full: 'StorageFull',
  failed: 'StorageFailed',
};

/**
 * What Temporal should do about an error: the type of the failure decides whether it is tried again, and its message is what
 * an operator reads at the pending activity.
 */
export function failureFrom(error: unknown, { keyMayBeMended }: { keyMayBeMended: boolean }): unknown {
  if (error instanceof TemporalFailure) return error;
  if (isBolnaError(error)) {
    switch (error.kind) {
      case 'unauthorized':
        return keyMayBeMended
          ? again(
              error,
              'BolnaUnauthorized',
              KEY_REFUSED_WAIT_MS,
              ' The campaign goes on by itself once the key is mended.',
            )
          : finalFailure(error.message, 'BolnaUnauthorized');
      case 'not-found':
        return finalFailure(error.message, 'BolnaNotFound');
      case 'refused':
        return finalFailure(error.message, 'BolnaRefused');
      case 'rate-limited':
        return again(error, 'BolnaRateLimited', error.retryAfterMs);
      case 'unavailable':
        return again(error, 'BolnaUnavailable', error.retryAfterMs);
    }
  }
  if (error instanceof ContactsError) return finalFailure(error.message, 'InvalidContacts');
  if (error instanceof SuppressionError) return finalFailure(error.message, 'InvalidSuppression');
  if (error instanceof ForeignUriError) return finalFailure(error.message, 'InvalidInput');
  if (isOfNoUse(error)) return finalFailure(error.message, 'InvalidInput');
  if (error instanceof AnswerError) return again(error, 'DownloadFailed');
  if (error instanceof FileNotFoundError) return again(error, 'FileNotFound');
  // A storage comes back, is mended or makes room: nothing it says may cost a campaign that has begun.
  if (error instanceof StorageError) return again(error, STORAGE_FAILURES[error.trouble], undefined, GOES_ON);
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return again(
        error,
        'StorageFull',
        undefined,
        ' Make room on the disk of CAMPAIGN_DATA; the campaign goes on by itself.',
      );
    case 'EACCES':
    case 'EROFS':
    case 'EPERM':
      return again(error, 'StorageRefused', undefined, ' Make CAMPAIGN_DATA writable; the campaign goes on by itself.');
  }
  return error;
}

/** A failure that no retry can fix. @param details for the workflow */
export function finalFailure(message: string, type: string, ...details: unknown[]): ApplicationFailure {
  return short({ message, type, nonRetryable: true, details });
}

/** An attempt that has done its share and lets others have the worker's slot: the next one goes on at once. It is no error. */
export function notYetAll(soFar: string): ApplicationFailure {
  return ApplicationFailure.create({
    message: `No error: ${soFar}`,
    type: 'NotYetAll',
    category: ApplicationFailureCategory.BENIGN,
    nextRetryDelay: 1,
  });
}

/** A failure that another attempt may mend. */
export function again(error: unknown, type: string, waitMs?: number, hint = ''): ApplicationFailure {
  const { message } = error as Error;
  return short({
    message: hint === '' ? message : `${message.replace(/\.$/, '')}.${hint}`,
    type,
    // No wait at all would be read as none given.
    ...(waitMs !== undefined && { nextRetryDelay: Math.max(waitMs, 1) }),
  });
}

/**
 * The sentence alone. Of a failure over 4 KB the server shows an operator "Failure exceeds size limit." in its place, which a few
 * stacks with long paths are; and what lies behind an error of Bolna's may quote what Bolna sent, numbers and transcripts with it.
 */
function short(options: Parameters<typeof ApplicationFailure.create>[0]): ApplicationFailure {
  const failure = ApplicationFailure.create(options);
  failure.stack = '';
  return failure;
}
