import type { FirewallFacts } from '../../model/facts.js'
import { look, must, pairs } from '../look.js'

type Chain = FirewallFacts['chains'][number]

interface Body {
  readonly family: string
  readonly table: string
  readonly name: string
  readonly lines: string[]
}

/** They refuse whom they know by address; nobody who guards a port puts a rule there. */
const bans = /^(f2b|crowdsec|sshguard|ts|kube)[-_]/i
const jumpOf = (line: string): string | undefined => /\b(?:jump|goto) (\S+)/.exec(line)?.[1]

/** A verdict that no condition stands before: whatever comes from outside and as far as this line gets it. */
const always =
  /^(?:counter(?: packets \d+ bytes \d+)? |log(?: prefix "[^"]*"| (?:level|group|snaplen|queue-threshold|flags) \S+(?: (?:sequence|options)\S*)?)* |iif(?:name)? != "?lo"? |fib daddr type local )*(drop|reject|accept|return|jump|goto)\b/
/** Conditions that only the broken, some addresses, or ports and messages that are named fulfil: all else gets past them. */
const few =
  /\bct state (invalid|vmap)|\bstate INVALID|\bsaddr (?!!=)|^-s |\blimit rate\b|\btcp flags\b|--tcp-flags|\bfib\b|\brt type\b|\bicmp(v6)? type\b|--icmp|\bdport (?!!=)[^-]*$|--dport [^-:]*$/

/** What becomes of a packet from outside that no rule names, by the lines of a chain and of those it jumps to. */
const restOf = (body: Body, policy: string, all: readonly Body[]): NonNullable<Chain['rest']> => {
  let unclear = false
  const walk = (from: Body, above: readonly Body[]): 'drop' | 'accept' | null => {
    for (const line of from.lines) {
      const verdict = always.exec(line)?.[1]
      if (verdict === 'drop' || verdict === 'reject') return 'drop'
      if (verdict === 'accept') return 'accept'
      if (verdict === 'return') return null
      const condition = line.split(/\s*\b(?:drop|reject|accept|return|jump|goto)\b/)[0]!
      if (verdict === undefined && few.test(condition)) continue
      const name = jumpOf(line)
      const target = all.find(c => c.family === from.family && c.table === from.table && c.name === name)
      const end = target && !bans.test(target.name) && !above.includes(target) ? walk(target, [...above, from]) : null
      if (verdict !== undefined && (end !== null || verdict === 'goto')) return end
      // a drop of more than a few, behind a condition that nobody here understands
      if (verdict === undefined && (end === 'drop' || /\b(drop|reject)\b/.test(line))) unclear = true
    }
    return null
  }
  const end = walk(body, []) ?? policy
  return end === 'drop' ? 'refused' : unclear ? 'unclear' : 'let-through'
}

/** Input base chains of `nft list ruleset`; a chain refuses by policy, by itself, or through what it jumps to. */
export const inputChains = (ruleset: string): Chain[] => {
  const chains: Body[] = []
  let family = ''
  let table = ''
  let chain: Body | null = null as Body | null
  for (const line of ruleset.split('\n')) {
    const opensTable = /^table (\S+) (\S+) \{/.exec(line)
    const opensChain = /^\tchain (\S+) \{/.exec(line)
    if (opensTable) [, family = '', table = ''] = opensTable
    else if (opensChain) {
      chain = { family, table, name: opensChain[1]!, lines: [] }
      chains.push(chain)
    } else if (line === '\t}') chain = null
    else chain?.lines.push(line.trim())
  }
  const refuses = (body: Body, seen: Set<Body>): boolean => {
    if (seen.has(body)) return false
    seen.add(body)
    return body.lines.some(line => {
      if (/\b(drop|reject)\b/.test(line)) return true
      const target = jumpOf(line)
      const next = chains.find(c => c.family === body.family && c.table === body.table && c.name === target)
      return next !== undefined && !bans.test(next.name) && refuses(next, seen)
    })
  }
  const hooked = /^type filter hook input\b/
  return chains.flatMap(body => {
    const hook = body.lines.find(line => hooked.test(line))
    if (hook === undefined) return []
    const policy = /policy (\w+)/.exec(hook)?.[1] ?? 'accept'
    const { family, table, name } = body
    const own = { ...body, lines: body.lines.filter(line => line !== hook) }
    return [
      {
        family,
        table,
        chain: name,
        policy,
        refuses: policy === 'drop' || refuses(own, new Set()),
        rest: restOf(own, policy, chains),
      },
    ]
  })
}

/** The same question of `iptables-save`: rules as nft would write them, as far as it matters here. */
export const refusesRest = (saved: string): boolean => {
  const lines = saved
    .slice(Math.max(saved.indexOf('*filter'), 0))
    .split('\nCOMMIT')[0]!
    .split('\n')
  const chains = lines.flatMap(line => {
    const [, name, policy = ''] = /^:(\S+) (\S+)/.exec(line) ?? []
    return name === undefined ? [] : [{ family: '', table: '', name, policy, lines: [] as string[] }]
  })
  for (const line of lines) {
    const [, name, condition = '', how, target = ''] = /^-A (\S+) ?(.*?) ?-([jg]) (\S+)/.exec(line) ?? []
    const verdict = /^(DROP|REJECT|ACCEPT|RETURN)$/.test(target)
      ? target.toLowerCase()
      : `${how === 'g' ? 'goto' : 'jump'} ${target}`
    const rest = condition.replace(/-m comment --comment ("[^"]*"|\S+) ?/, '').trim()
    chains.find(chain => chain.name === name)?.lines.push(rest === '' ? verdict : `${rest} ${verdict}`)
  }
  const input = chains.find(chain => chain.name === 'INPUT')
  return input !== undefined && restOf(input, input.policy.toLowerCase(), chains) === 'refused'
}

export default look({
  section: 'firewall',
  limit: 10,
  beside: true,
  units: ['nftables.service', 'ufw.service', 'firewalld.service', 'netfilter-persistent.service'],
  sh: String.raw`
need_root
if [ -f /etc/ufw/ufw.conf ] && have ufw; then grep -qi '^ENABLED=yes' /etc/ufw/ufw.conf && kv ufw active || kv ufw inactive; else kv ufw absent; fi
zone=
if ! have firewall-cmd; then kv firewalld absent
elif systemctl -q is-active firewalld; then kv firewalld active; zone=$(firewall-cmd --get-default-zone)
else kv firewalld inactive; fi
kv zone "$zone"
for u in $UNITS; do unit $u && kv "unit:${'$'}{u%.service}" "$BOOT $ACTIVE"; done
legacy=no
for v in 4 6; do
  [ $v = 4 ] && t=ip || t=ip6
  # of a file there the size says nothing
  table=; [ -r /proc/net/${'$'}{t}_tables_names ] && read -r table </proc/net/${'$'}{t}_tables_names
  [ -n "$table" ] && have ${'$'}{t}tables-legacy-save || continue
  out=$(${'$'}{t}tables-legacy-save) || exit 70
  case $v$nl$out in 4*"${'$'}{nl}-A INPUT"*) legacy=yes ;; esac
  printf '%s\n' "$out" | sed "s/^/L$v	/"
done
kv legacy $legacy
if have nft; then
  out=$(nft -s -t list ruleset) || exit 70
  [ "${'$'}{#out}" -lt 1000000 ] || exit 75
  kv nft yes
  [ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/R	/'
  # whether anybody could come by IPv6 only matters where something filters
  case $out in *'hook input'*) grep -q '^[23][^ ]* [^ ]* [^ ]* 00 ' /proc/net/if_inet6 2>/dev/null && kv ipv6 yes || kv ipv6 no ;; esac
elif grep -qE '^(nf_tables|ip_tables|ip6_tables) ' /proc/modules; then exit 78
else kv nft no; fi
# its lines are only needed to write them back: an audit does not read them, and says so
if [ "$RIEGEL_OCCASION" != audit ] && emit_file /etc/nftables.conf; then kv nft-conf whole; else kv nft-conf cut; fi
`,
  parse(raw): FirewallFacts {
    const map = pairs(raw.text)
    must(map, 'nft')
    const behind = (tag: string) =>
      raw.text
        .split('\n')
        .filter(line => line.startsWith(tag))
        .map(line => line.slice(tag.length))
        .join('\n')
    const ruleset = behind('R\t')
    const ipv6 = map.get('ipv6')
    const chains = inputChains(ruleset)
    // an INPUT chain alone may be anybody's: fail2ban makes one too
    const ufwChains = /\bufw6?-(user|before)-input\b/.test(ruleset)
    const ufw = must(map, 'ufw') as FirewallFacts['ufw']
    return {
      ufw: ufw === 'active' && !ufwChains ? 'unknown' : ufw,
      firewalld: must(map, 'firewalld') as FirewallFacts['firewalld'],
      chains,
      zone: map.get('zone') ?? '',
      units: Object.fromEntries(
        [...map].filter(([name]) => name.startsWith('unit:')).map(([name, value]) => [name.slice(5), value.trim()]),
      ),
      legacy: must(map, 'legacy') === 'yes',
      legacyRefuses: [...(refusesRest(behind('L4\t')) ? ['ip'] : []), ...(refusesRest(behind('L6\t')) ? ['ip6'] : [])],
      ...(ipv6 !== undefined && { ipv6: ipv6 === 'yes' }),
      nftConf: behind('|'),
      nftConfCut: must(map, 'nft-conf') === 'cut',
    }
  },
})
