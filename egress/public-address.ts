import ipaddr from 'ipaddr.js';

/** A network of addresses, as ipaddr.js parses it. */
export type Network = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** All of IPv6 that is given out as public (RFC 4291, IANA's "Global Unicast"); of the rest, ipaddr.js does not know every part. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number];
/** Public by its number, and Azure's host by what answers: each machine there reaches its own, and credentials with it. */
const AZURE_HOST = ipaddr.parseCIDR('168.63.129.16/32') as [ipaddr.IPv4, number];

/**
 * Whether an address is one of the public Internet: neither private, loopback, link-local (in which clouds keep their metadata),
 * a cloud's own, nor one that only stands for another (IPv4 in IPv6, NAT64, 6to4, Teredo).
 * @param allowed networks that are reached all the same
 */
export function mayBeReached(address: string, allowed: readonly Network[] = []): boolean {
  if (!ipaddr.isValid(address)) return false;
  // `::ffff:127.0.0.1` reaches 127.0.0.1.
  const ip = ipaddr.process(address);
  const isIn = ([network, bits]: Network) => network.kind() === ip.kind() && ip.match(network, bits);
  if (allowed.some(isIn)) return true;
  return ip.range() === 'unicast' && (ip.kind() === 'ipv4' ? !isIn(AZURE_HOST) : isIn(GLOBAL_UNICAST));
}

/** Reads `10.0.0.0/8` or a single address; undefined where it is neither. */
export function parseNetwork(text: string): Network | undefined {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined;
  const ip = ipaddr.process(text);
  return [ip, ip.kind() === 'ipv4' ? 32 : 128];
}
