import ipaddr from 'ipaddr.js';
import { mayBeReached, parseNetwork } from '../../egress/public-address';

test.each([
  '93.184.215.14',
  '8.8.8.8',
  '172.32.0.1',
  '168.63.129.15',
  '168.63.129.17',
  '2606:2800:21f:cb07:6820:80da:af6b:8b2c',
  '::ffff:8.8.8.8',
])('%s is public', (address) => {
  expect(mayBeReached(address)).toBe(true);
});

test.each([
  ['this machine', '127.0.0.1'],
  ['this machine, all of the network', '127.255.255.254'],
  ['this machine in IPv6', '::1'],
  ['no address at all', '0.0.0.0'],
  ['its network', '0.1.2.3'],
  ['none in IPv6', '::'],
  ['a private network', '10.0.0.1'],
  ['a private network', '172.16.0.1'],
  ['a private network', '172.31.255.255'],
  ['a private network', '192.168.1.1'],
  ['a private network in IPv6', 'fd00::1'],
  ['what was one in IPv6', 'fec0::1'],
  ["a cloud's metadata", '169.254.169.254'],
  ["a cloud's metadata in IPv6", 'fd00:ec2::254'],
  ['a cloud of Alibaba, in the shared address space', '100.100.100.200'],
  ['the end of that space', '100.127.255.255'],
  ["Azure's host", '168.63.129.16'],
  ["Azure's host, mapped into IPv6", '::ffff:168.63.129.16'],
  ["a cloud's metadata of Oracle", '192.0.0.192'],
  ['a link', 'fe80::1'],
  ['a link with a zone', 'fe80::1%eth0'],
  ['IPv4 mapped into IPv6', '::ffff:127.0.0.1'],
  ['the same in hex', '::ffff:7f00:1'],
  ['the same of the metadata', '::ffff:a9fe:a9fe'],
  ['no address, mapped', '::ffff:0:0'],
  ['the end of what was a site', 'feff::1'],
  ['IPv4-compatible IPv6', '::127.0.0.1'],
  ['IPv4 translated', '::ffff:0:127.0.0.1'],
  ['NAT64', '64:ff9b::7f00:1'],
  ['NAT64 of a network of its own', '64:ff9b:1::a00:1'],
  ['NAT64 of what is public', '64:ff9b::808:808'],
  ['the end of such a network', '64:ff9b:1:ffff:ffff:ffff:ffff:ffff'],
  ['6to4', '2002:7f00:1::'],
  ['6to4 of a private network', '2002:a00:1::'],
  ['6to4 of what is public', '2002:808:808::'],
  ['Teredo', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ['everybody', '224.0.0.1'],
  ['the end of everybody', '239.255.255.255'],
  ['everybody in IPv6', 'ff02::1'],
  ['broadcast', '255.255.255.255'],
  ['what is reserved', '240.0.0.1'],
  ['the end of what is reserved', '255.255.255.254'],
  ['a benchmark', '198.18.0.1'],
  ['the end of it', '198.19.255.255'],
  ['an example', '192.0.2.1'],
  ['an example in IPv6', '2001:db8::1'],
  ['protocol assignments', '192.0.0.170'],
  ['what nobody was given', '4000::1'],
  ['a name', 'localhost'],
  ['nothing', ''],
])('%s (%s) is not public', (_, address) => {
  expect(mayBeReached(address)).toBe(false);
});

/** All networks of IANA's special-purpose address registries (IPv4, IPv6), and those of multicast. */
const SPECIAL = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4', '255.255.255.255/32'],
  ...['::/128', '::1/128', '::ffff:0:0/104', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '100:0:0:1::/64'],
  ...['2001::/23', '2001::/32', '2001:1::1/128', '2001:1::2/128', '2001:1::3/128', '2001:2::/48', '2001:3::/32'],
  ...['2001:4:112::/48', '2001:10::/28', '2001:20::/28', '2001:30::/28', '2001:db8::/32', '2002::/16'],
  ...['2620:4f:8000::/48', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
  // What once stood in them: sites, and IPv4 that is compatible with or translated into IPv6.
  ...['fec0::/10', '::/96', '::ffff:0:0:0/96'],
];

test.each(SPECIAL)('no address of %s is public, from the first to the last', (network) => {
  const { IPv4, IPv6 } = ipaddr;
  const ofKind = network.includes(':') ? IPv6 : IPv4;
  const first = ofKind.networkAddressFromCIDR(network).toString();
  const last = ofKind.broadcastAddressFromCIDR(network).toString();
  expect([first, last].map((address) => mayBeReached(address))).toEqual([false, false]);
});

test.each([
  ...['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0'],
  ...['169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.0.3.0', '192.167.255.255'],
  ...['192.169.0.0', '198.17.255.255', '198.20.0.0', '198.51.99.255', '203.0.114.0', '223.255.255.255'],
  ...[
    '2000::',
    '2001:200::',
    '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff',
    '2001:db9::',
    '2003::',
    '3ffe::',
    '3fff:1000::',
  ],
])('%s, beside such a network, is public', (address) => {
  expect(mayBeReached(address)).toBe(true);
});

test.each([
  ['168.63.129.16', '168.63.129.16', true],
  ['10.1.0.0/16', '10.1.2.3', true],
  ['10.1.0.0/16', '::ffff:10.1.2.3', true],
  ['10.1.0.0/16', '10.2.0.1', false],
  ['127.0.0.1', '127.0.0.1', true],
  ['127.0.0.1', '127.0.0.2', false],
  ['fd12::/32', 'fd12::1', true],
  ['fd12::/32', '10.0.0.1', false],
  ['::1', '::1', true],
])('with %s allowed, whether %s may be reached is %s', (allowed, address, may) => {
  const network = parseNetwork(allowed);
  expect(network).toBeDefined();
  expect(mayBeReached(address, network && [network])).toBe(may);
});

test.each(['', 'localhost', '10', '0x7f000001', '10.0.0.0/33', '10.0.0.0/', 'fd12::/129'])(
  '"%s" is no network',
  (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  },
);
