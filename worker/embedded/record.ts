import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { explainHomeFailure } from './errors';

/** Where the server of a campaign home is, while it is up: for commands that talk to it without owning it. */
export interface ServerRecord {
  address: string;
  namespace: string;
  uiUrl: string;
  /** Where a server that commands share is held (see {@link holdServer}); absent of one that ends with its run. */
  holdPort?: number;
}

/** Writes down where the home's server is, whole or not at all. @throws HomeUnusableError, DiskFullError */
export function writeServerRecord(home: string, record: ServerRecord): void {
  const path = recordPath(home);
  try {
    writeFileSync(`${path}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    throw explainHomeFailure(home, error);
  }
}

/** Takes it back. What cannot be removed is found out by whoever reads it. */
export function removeServerRecord(home: string): void {
  try {
    rmSync(recordPath(home), { force: true });
  } catch {
    // The server is gone, whatever the file says.
  }
}

/**
 * What was last written down; undefined where nothing was. A server that was killed has taken nothing back: whoever uses
 * the address must see that the server there knows {@link homeNamespace}.
 */
export function readServerRecord(home: string): ServerRecord | undefined {
  try {
    const { address, namespace, uiUrl, holdPort } = JSON.parse(readFileSync(recordPath(home), 'utf8'));
    const whole = [address, namespace, uiUrl].every((part) => typeof part === 'string');
    if (!whole) return undefined;
    return { address, namespace, uiUrl, ...(typeof holdPort === 'number' && { holdPort }) };
  } catch {
    return undefined;
  }
}

/**
 * A namespace that only the server of this home has. Two servers that start together may be given the same port; the one
 * that loses it must not take the other's answers for its own.
 */
export function homeNamespace(home: string): string {
  return `home-${createHash('sha256').update(resolve(home)).digest('hex').slice(0, 16)}`;
}

function recordPath(home: string): string {
  return join(home, 'server.json');
}
