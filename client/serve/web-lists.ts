import { retold, webFileName, webFiles } from '../../activities/web-files';
import { SuppressionError } from '../../contacts/errors';
import { isOfNoUse } from '../../egress/errors';
import type { GuardOptions } from '../../egress/guarded-agent';
import { Outside } from '../../egress/outside';
import { errorCode } from '../../storage/error-code';
import type { WebLists } from '../campaign/check-lists';

/** Milliseconds that a list may take: somebody waits for the answer. */
const PATIENCE_MS = 120_000;

/** Suppression lists in the web, read under the rules that the workers read them under, within two minutes. */
export function webLists(guard: GuardOptions): WebLists & { close(): Promise<void> } {
  const outside = new Outside({ getTimeoutMs: PATIENCE_MS, ...guard });
  const open = retold(webFiles(outside), (error, address) => {
    const message = error instanceof Error ? error.message : String(error);
    const why = isOfNoUse(error)
      ? `cannot be used: ${message}`
      : `cannot be read now: ${(errorCode(error) ?? message).replace(/\.$/, '')}. Try again.`;
    return new SuppressionError(`The suppression list ${webFileName(address)} ${why}`, { cause: error });
  });
  return { nameOf: webFileName, open, close: () => outside.close() };
}
