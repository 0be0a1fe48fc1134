import { Readable } from 'node:stream';
import { type OpenWebFile, retold, webFileName, webFiles } from '../activities/web-files';
import { SuppressionError } from '../contacts/errors';
import { ForbiddenAddressError, isOfNoUse } from '../egress/errors';
import type { GuardOptions } from '../egress/guarded-agent';
import { Outside } from '../egress/outside';
import { type Network, parseNetwork } from '../egress/public-address';
import { errorCode } from '../storage/error-code';
import type { WebLists } from './campaign/check-lists';

/** Milliseconds that a list may take: somebody waits for the answer. */
const PATIENCE_MS = 120_000;

/** A list of the web that cannot be read now, and may be soon. */
export class UnreachableListError extends SuppressionError {
  override readonly name = 'UnreachableListError';
}

/**
 * Opens suppression lists in the web as a worker does. What it fails with says in a sentence why and what to do, and holds nothing of the
 * address that may be a secret.
 * @returns throws SuppressionError for a list that cannot be used, {@link UnreachableListError} for one that may be read soon
 */
export function openLists(outside: Outside): OpenWebFile {
  return retold(webFiles(outside), (error, address) => {
    const list = `The suppression list ${webFileName(address)}`;
    const message = error instanceof Error ? error.message : String(error);
    if (isOfNoUse(error)) return new SuppressionError(`${list} cannot be used: ${message}`, { cause: error });
    const why = (errorCode(error) ?? message).replace(/\.$/, '');
    return new UnreachableListError(`${list} cannot be read now: ${why}. Try again.`, { cause: error });
  });
}

export interface WebListOptions extends GuardOptions {
  /**
   * Whether a list at an address that is not public is left to the worker, which may be allowed to reach it: it is read as an empty one.
   * Default: it is refused.
   */
  leavesPrivate?: boolean;
}

/** Networks and addresses that are separated by commas; what is neither allows nothing. */
export function networksIn(text: string): Network[] {
  return text
    .split(',')
    .map((each) => parseNetwork(each.trim()))
    .filter((network) => network !== undefined);
}

/** Suppression lists in the web, read under the rules that the workers read them under, within two minutes. */
export function webLists({ leavesPrivate = false, ...guard }: WebListOptions): WebLists & { close(): Promise<void> } {
  const outside = new Outside({ getTimeoutMs: PATIENCE_MS, ...guard });
  const read = openLists(outside);
  const open = (address: string) =>
    read(address).catch((error: unknown) => {
      const isPrivate = error instanceof SuppressionError && error.cause instanceof ForbiddenAddressError;
      if (leavesPrivate && isPrivate) return Readable.from([], { objectMode: false });
      throw error;
    });
  return { nameOf: webFileName, open, close: () => outside.close() };
}
