import dns, { type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { ForbiddenAddressError } from './errors';
import { mayBeReached, type Network } from './public-address';

/** Asks the system for all addresses of a name, as `dns.lookup` does. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface GuardOptions {
  /** Networks that may be reached though they are not public. Default: none. */
  allowed?: readonly Network[];
  /** Default: the system's. */
  resolve?: Resolve;
  connectTimeoutMs?: number;
}

/**
 * A dispatcher for addresses that callers give, which connects to public ones alone. What is checked is the very address that is
 * connected to, whatever the name says a moment later; and each connection is, so that a redirect leads nowhere else either.
 */
export function guardedAgent({ allowed = [], resolve = dns.lookup, connectTimeoutMs = 10_000 }: GuardOptions): Agent {
  const connect = buildConnector({ lookup: guardedLookup(resolve, allowed), timeout: connectTimeoutMs });
  return new Agent({
    connect(options, callback) {
      const host = bare(options.hostname);
      // Of an address nothing is looked up.
      if (isIP(host) && !mayBeReached(host, allowed)) callback(new ForbiddenAddressError(host), null);
      else connect(options, callback);
    },
  });
}

/** One address that is not public is enough: whoever gives such a name means no good, or the wrong host. */
function guardedLookup(resolve: Resolve, allowed: readonly Network[]): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error) callback(error, '', 0);
      else if (!first || !addresses.every(({ address }) => mayBeReached(address, allowed)))
        callback(new ForbiddenAddressError(hostname), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** An IPv6 address without the brackets it has in a URL. */
export function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
