import type { FirewallFacts } from './facts.js'

interface Table {
  readonly name: string
  readonly body: string
}

/** The tables of /etc/nftables.conf as `family name` with what stands in their braces, and all that stands outside. */
const tablesOf = (conf: string): { tables: Table[]; outside: string } => {
  const words = conf.replace(/#.*$/gm, '')
  const tables: Table[] = []
  let outside = ''
  let from = 0
  for (const found of words.matchAll(/\btable\s+(?:(ip|ip6|inet|arp|bridge|netdev)\s+)?([\w-]+)\s*\{/g)) {
    if (found.index < from) continue
    outside += words.slice(from, found.index)
    const start = found.index + found[0].length
    let at = start
    for (let depth = 1; at < words.length && depth > 0; at++)
      if (words[at] === '{') depth++
      else if (words[at] === '}') depth--
    tables.push({ name: `${found[1] ?? 'ip'} ${found[2]}`, body: words.slice(start, at) })
    from = at
  }
  return { tables, outside: outside + words.slice(from) }
}

const refusing = (words: string): boolean => /\b(drop|reject)\b/.test(words)

/** Does the file that nftables.service loads make this table? */
export const confMakes = (conf: string, family: string, table: string): boolean =>
  tablesOf(conf).tables.some(({ name }) => name === `${family} ${table}`)

/**
 * What nftables.service would refuse at the next boot though nothing refuses it now: the tables' names, or what keeps
 * that from being seen. `awake`: the tables that refuse already, which the live rules and the proof speak for.
 */
export const asleepInConf = (firewall: FirewallFacts, awake: readonly string[]): string[] => {
  const { tables, outside } = tablesOf(firewall.nftConf)
  const hidden = firewall.nftConfCut || firewall.nftConf.trim() === '' || /\binclude\b/.test(outside)
  return [
    ...tables
      .filter(
        ({ name, body }) =>
          /\bhook\s+(input|prerouting|ingress)\b/.test(body) && refusing(body) && !awake.includes(name),
      )
      .map(({ name }) => name),
    ...(refusing(outside) || (hidden && awake.length === 0) ? ['/etc/nftables.conf'] : []),
  ]
}
