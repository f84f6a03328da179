import { createHash } from 'node:crypto'
import { isPrivate } from '../model/hosts.js'
import { text } from '../model/text.js'
import { upwards } from './hosts.js'

/** What 2fa.directory knows: the second factors that a site offers. */
export interface Sites {
  readonly digest: string
  readonly count: number
  /** null = not known; empty = known, and offers none */
  offers(hosts: readonly string[]): readonly string[] | null
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isDomain = (word: string): boolean => /^([a-z0-9-]+\.)+[a-z0-9-]{2,}$/.test(word)
const isMethods = (value: unknown): value is readonly string[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(word => typeof word === 'string' && /^[a-z0-9-]{2,32}$/.test(word))

/** A list this short, or where so few offer anything, is not that directory. */
const plausible = { sites: 500, offering: 0.3 } as const

/** The bytes of `v4/all.json`; a string says in few words why they are no such list. */
export const readSites = (bytes: Buffer): Sites | { readonly implausible: ReturnType<typeof text> } => {
  const implausible = (de: string, en: string) => ({ implausible: text(de, en) })
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    return implausible('kein JSON', 'no JSON')
  }
  if (Array.isArray(value)) return implausible('Version 3 statt 4', 'version 3 instead of 4')
  if (!isObject(value)) return implausible('keine Liste von Domains', 'no list of domains')
  const sites = new Map<string, readonly string[]>()
  for (const [domain, about] of Object.entries(value)) {
    if (!isDomain(domain) || !isObject(about)) return implausible('keine Liste von Domains', 'no list of domains')
    const { methods } = about
    if (methods !== undefined && !isMethods(methods))
      return implausible(`${domain} ist unlesbar`, `${domain} is unreadable`)
    sites.set(domain, methods ?? [])
  }
  const offering = [...sites.values()].filter(methods => methods.length > 0).length
  if (sites.size < plausible.sites) return implausible(`nur ${sites.size} Domains`, `only ${sites.size} domains`)
  if (offering < sites.size * plausible.offering)
    return implausible('kaum eine Domain mit zweitem Faktor', 'hardly a domain with a second factor')
  const offersOf = (host: string): readonly string[] | null => {
    const found = upwards(host).find(domain => sites.has(domain))
    return found === undefined ? null : sites.get(found)!
  }
  return {
    digest: createHash('sha256').update(bytes).digest('hex'),
    count: sites.size,
    offers(hosts) {
      const all = hosts.filter(host => !isPrivate(host)).map(offersOf)
      const methods = [...new Set(all.flatMap(one => one ?? []))].sort()
      if (methods.length > 0) return methods
      return all.length > 0 && all.every(one => one !== null) ? [] : null
    },
  }
}
