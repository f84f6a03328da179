// The lab's network: the operator's namespace with a bridge, one namespace per host, nothing that leads outside. What
// leaves a host for the world is answered "unreachable" at once. A host's namespace is made anew at each boot, as a
// reboot forgets firewall rules and kernel settings too.

import { mkdir, writeFile } from 'node:fs/promises'
import { must } from './tools.js'

/** The addresses of a lab, derived from a number: labs are isolated, different ones only make their logs readable. */
export interface Subnet {
  four: string
  six: string
}

export function subnet(seed: number): Subnet {
  const a = 64 + (Math.floor(seed / 256) % 64)
  const b = seed % 256
  return { four: `10.${a}.${b}.`, six: `fd52:4c:${(a * 256 + b).toString(16)}::` }
}

export const operatorNumber = 1
/**
 * The lab's own looks at ports come from other addresses, in turn: sshd penalises one that connects and leaves, and
 * after some fifteen in a row it would not greet any more.
 */
export const watcherNumbers = [2, 3, 4, 5, 6, 7, 8, 9]
const firstHost = 10

export function address(net: Subnet, number: number): { ip4: string; ip6: string } {
  return { ip4: `${net.four}${number}`, ip6: `${net.six}${number}` }
}

export function hostAddress(net: Subnet, index: number): { ip4: string; ip6: string } {
  return address(net, firstHost + index - 1)
}

export function operatorNamespace(lab: string): string {
  return `${lab}-op`
}

export function hostNamespace(lab: string, index: number): string {
  return `${lab}-h${index}`
}

const rules = `table inet lab {
  set shut4 { type ipv4_addr . inet_service; }
  set shut6 { type ipv6_addr . inet_service; }
  chain output {
    type filter hook output priority 0;
    ip daddr . tcp dport @shut4 drop
    ip6 daddr . tcp dport @shut6 drop
  }
  chain input {
    type filter hook input priority 0;
    ip saddr . tcp sport @shut4 drop
    ip6 saddr . tcp sport @shut6 drop
  }
}
`

export async function makeOperator(lab: string, net: Subnet): Promise<void> {
  const own = [operatorNumber, ...watcherNumbers]
    .map(number => address(net, number))
    .map(({ ip4, ip6 }) => `address add ${ip4}/24 dev br0\naddress add ${ip6}/64 dev br0 nodad`)
  const script = `set -eu
ip netns add "$1"
ip -n "$1" -batch - <<'END'
link set lo up
link add br0 address 02:52:49:45:46:01 type bridge forward_delay 0 stp_state 0 mcast_snooping 0
link set br0 addrgenmode none
link set br0 up
${own.join('\n')}
route add unreachable default
route add unreachable ::/0
END
ip netns exec "$1" sh -eu <<'END'
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
nft -f - <<'RULES'
${rules}RULES
END
`
  await must(['sh', '-c', script, 'sh', operatorNamespace(lab)])
}

/** Names for the operator's side: the hosts by theirs, and no resolver, so that any other name fails at once. */
export async function writeNames(lab: string, hosts: { name: string; ip4: string; ip6: string }[]): Promise<void> {
  const folder = `/etc/netns/${operatorNamespace(lab)}`
  const lines = hosts.flatMap(({ name, ip4, ip6 }) => [`${ip4} ${name}`, `${ip6} ${name}`])
  await mkdir(folder, { recursive: true })
  await writeFile(`${folder}/hosts`, `127.0.0.1 localhost\n::1 localhost\n${lines.join('\n')}\n`)
  await writeFile(`${folder}/resolv.conf`, '# no resolver here\n')
}

/** Pulls a host's cable out for good: nothing that its dying processes say reaches anybody. */
export async function unplug(lab: string, index: number): Promise<void> {
  await must(['sh', '-c', 'ip -n "$1" link delete "$2" 2>/dev/null || :', 'sh', operatorNamespace(lab), `h${index}`])
}

/** A fresh namespace for a host, connected to the bridge. The hardware address stays, so nobody's cache is wrong. */
export async function plug(lab: string, net: Subnet, index: number, cut: boolean): Promise<void> {
  const { ip4, ip6 } = hostAddress(net, index)
  const operator = address(net, operatorNumber)
  const port = `h${index}`
  const script = `set -eu
ip -n "$1" link delete ${port} 2>/dev/null || :
ip netns delete "$2" 2>/dev/null || :
ip netns add "$2"
ip -n "$1" link add ${port} type veth peer name eth0 netns "$2"
ip -n "$1" -batch - <<'END'
link set ${port} addrgenmode none
link set ${port} master br0
link set ${port} up
END
ip -n "$2" -batch - <<'END'
link set lo up
link set eth0 address 02:52:49:45:47:${(firstHost + index).toString(16).padStart(2, '0')}
address add ${ip4}/24 dev eth0
address add ${ip6}/64 dev eth0 nodad
link set eth0 up
route add default via ${operator.ip4}
route add default via ${operator.ip6}
END
${cut ? `bridge -n "$1" link set dev ${port} state 0` : ''}
`
  await must(['sh', '-c', script, 'sh', operatorNamespace(lab), hostNamespace(lab, index)])
}

/** Cuts or mends the way between a host and all others, without either end seeing its cable pulled. */
export async function setCut(lab: string, index: number, cut: boolean): Promise<void> {
  await must(['bridge', '-n', operatorNamespace(lab), 'link', 'set', 'dev', `h${index}`, 'state', cut ? '0' : '3'])
}

/** Drops one TCP port of a host on the operator's side, in both families; the host sees no rule. */
export async function setShut(lab: string, net: Subnet, index: number, port: number, shut: boolean): Promise<void> {
  const { ip4, ip6 } = hostAddress(net, index)
  const change = (set: string, ip: string) => `${shut ? 'add' : 'delete'} element inet lab ${set} { ${ip} . ${port} }`
  const nft = ['ip', 'netns', 'exec', operatorNamespace(lab), 'nft']
  await must([...nft, `${change('shut4', ip4)}; ${change('shut6', ip6)}`])
}
