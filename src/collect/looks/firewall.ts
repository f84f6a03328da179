import type { FirewallFacts } from '../../model/facts.js'
import { look, must, pairs } from '../look.js'

type Chain = FirewallFacts['chains'][number]

/** Input base chains of `nft list ruleset`; a chain refuses by policy, by itself, or through what it jumps to. */
export const inputChains = (ruleset: string): Chain[] => {
  interface Body {
    family: string
    table: string
    name: string
    lines: string[]
  }
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
      if (/\b(drop|reject)\b/.test(line.replace(/^type filter hook.*$/, ''))) return true
      const target = /\b(?:jump|goto) (\S+)/.exec(line)?.[1]
      const next = chains.find(c => c.family === body.family && c.table === body.table && c.name === target)
      return next !== undefined && refuses(next, seen)
    })
  }
  return chains.flatMap(body => {
    const hook = body.lines.find(line => /^type filter hook input\b/.test(line))
    if (hook === undefined) return []
    const policy = /policy (\w+)/.exec(hook)?.[1] ?? 'accept'
    return [
      {
        family: body.family,
        table: body.table,
        chain: body.name,
        policy,
        refuses: policy === 'drop' || refuses(body, new Set()),
      },
    ]
  })
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
if [ -s /proc/net/ip_tables_names ] && have iptables-legacy-save; then iptables-legacy-save | grep -q '^-A INPUT' && legacy=yes; fi
kv legacy $legacy
if have nft; then
  out=$(nft -s -t list ruleset) || exit 70
  [ "${'$'}{#out}" -lt 1000000 ] || exit 75
  kv nft yes
  [ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/R	/'
elif grep -qE '^(nf_tables|ip_tables|ip6_tables) ' /proc/modules; then exit 78
else kv nft no; fi
# its lines are only needed to write them back: an audit does not read them, and says so
if [ "$RIEGEL_OCCASION" != audit ] && emit_file /etc/nftables.conf; then kv nft-conf whole; else kv nft-conf cut; fi
`,
  parse(raw): FirewallFacts {
    const map = pairs(raw.text)
    must(map, 'nft')
    const ruleset = raw.text
      .split('\n')
      .filter(line => line.startsWith('R\t'))
      .map(line => line.slice(2))
      .join('\n')
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
      nftConf: raw.text
        .split('\n')
        .filter(line => line.startsWith('|'))
        .map(line => line.slice(1))
        .join('\n'),
      nftConfCut: must(map, 'nft-conf') === 'cut',
    }
  },
})
