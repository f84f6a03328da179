import { fieldOf, rootGroup, timeOf } from './entry.js'
import { hostOf } from './hosts.js'
import { hasSecondFactor } from './otp.js'
import type { Vault } from './read.js'
import { References } from './references.js'
import { type Element, element, elements, textOf } from './xml.js'

/** An entry that counts: one whose password is in use. */
export interface Entry {
  /** distinct: group path and title, with user or id where that is needed */
  readonly key: string
  readonly title: string
  readonly user: string
  readonly hosts: readonly string[]
  readonly password: string
  /** the password stands in another entry, to which this one refers */
  readonly refers: boolean
  /** the reference leads nowhere: what the password is, is not known */
  readonly broken: boolean
  /** the person said that its strength does not count (QualityCheck, KnownBad) */
  readonly excluded: boolean
  readonly secondFactor: boolean
  /** seconds since 1970 when the password became what it is; null = not known */
  readonly changed: number | null
}

export interface Entries {
  readonly live: readonly Entry[]
  readonly bin: number
  readonly templates: number
  readonly empty: number
  readonly expired: readonly string[]
}

const cut = 120
const noId = Buffer.alloc(16).toString('base64')

/** One line without what would turn or hide the words around it. */
export const clean = (words: string): string => {
  const plain = words
    .replace(/[\s\u2028\u2029]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu, '')
    .trim()
  const letters = [...plain]
  return letters.length > cut ? `${letters.slice(0, cut - 1).join('')}…` : plain
}

const isTrue = (words: string): boolean => /^(true|1)$/i.test(words.trim())
const isFalse = (words: string): boolean => /^(false|0)$/i.test(words.trim())

const customData = (entry: Element, name: string): string => {
  const found = elements(element(entry, 'CustomData'), 'Item').find(one => textOf(element(one, 'Key')) === name)
  return textOf(element(found, 'Value'))
}

const isExcluded = (entry: Element): boolean =>
  isFalse(textOf(element(entry, 'QualityCheck'))) || isTrue(customData(entry, 'KnownBad'))

const isExpired = (entry: Element, now: number): boolean => {
  const times = element(entry, 'Times')
  const until = timeOf(textOf(element(times, 'ExpiryTime')))
  return isTrue(textOf(element(times, 'Expires'))) && until !== null && until <= now
}

const modified = (entry: Element): number | null =>
  timeOf(textOf(element(element(entry, 'Times'), 'LastModificationTime')))

/** Since when the password is what it is: the oldest of the versions before, as far as it did not differ. */
const changedAt = (entry: Element): number | null => {
  const password = textOf(fieldOf(entry, 'Password'))
  let since = modified(entry)
  const versions = elements(element(entry, 'History'), 'Entry')
    .map(one => ({ at: modified(one), password: textOf(fieldOf(one, 'Password')) }))
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0))
  for (const version of versions) {
    if (version.password !== password) break
    since = version.at ?? since
  }
  return since
}

/** Of the entry's address and the further ones that browser add-ons keep. */
const hostsOf = (entry: Element, references: References): string[] => {
  const names = elements(entry, 'String')
    .map(one => textOf(element(one, 'Key')))
    .filter(name => name === 'URL' || name.startsWith('KP2A_URL'))
  const hosts = names.map(name => hostOf(references.read(entry, name).words))
  return [...new Set(hosts.filter(host => host !== null))]
}

type Kind = 'live' | 'bin' | 'templates'

/** Every entry with the path of its group, and whether it lies in the bin or among the templates. */
function* everyEntry(vault: Vault): Generator<{ entry: Element; path: string; kind: Kind }> {
  const meta = element(vault.document.root, 'Meta')
  const named = (name: string) => {
    const id = textOf(element(meta, name)).trim()
    return id === '' || id === noId ? null : id
  }
  const [bin, templates] = [named('RecycleBinUUID'), named('EntryTemplatesGroup')]
  const waiting: { group: Element; path: readonly string[]; kind: Kind }[] = []
  const root = rootGroup(vault)
  // whatever Meta says, the vault as a whole is neither
  if (root) waiting.push({ group: root, path: [], kind: 'live' })
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { group, path, kind } = next
    for (const entry of elements(group, 'Entry')) yield { entry, path: path.join('/'), kind }
    const below = elements(group, 'Group').map(child => {
      const id = textOf(element(child, 'UUID')).trim()
      const own: Kind = kind !== 'live' ? kind : id === bin ? 'bin' : id === templates ? 'templates' : 'live'
      return { group: child, path: [...path, clean(textOf(element(child, 'Name')))], kind: own }
    })
    waiting.push(...below.reverse())
  }
}

/** The keys made distinct: by user, else by id, else by a number. */
const distinct = (
  drafts: readonly { readonly key: string; readonly user: string; readonly id: string }[],
): string[] => {
  const counted = (keys: readonly string[]) => {
    const counts = new Map<string, number>()
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
    return (key: string) => counts.get(key)! > 1
  }
  let keys = drafts.map(({ key }) => key)
  for (const more of [
    (at: number) => (drafts[at]!.user === '' ? '' : ` (${drafts[at]!.user})`),
    (at: number) => ` #${drafts[at]!.id}`,
  ]) {
    const twice = counted(keys)
    keys = keys.map((key, at) => (twice(key) ? `${key}${more(at)}` : key))
  }
  const used = new Set<string>()
  return keys.map(key => {
    let name = key
    for (let number = 2; used.has(name); number++) name = `${key} ${number}`
    used.add(name)
    return name
  })
}

/** The entries of a vault as people mean them. `now`: seconds since 1970. */
export const entriesOf = (vault: Vault, now: number): Entries => {
  const every = [...everyEntry(vault)]
  const references = new References(every.map(({ entry }) => entry))
  const left = { bin: 0, templates: 0, empty: 0 }
  const drafts = every.flatMap(({ entry, path, kind }) => {
    if (kind !== 'live') {
      left[kind] += 1
      return []
    }
    const password = references.read(entry, 'Password')
    if (password.words === '') {
      left.empty += 1
      return []
    }
    const user = clean(references.read(entry, 'UserName').words)
    const title = clean(references.read(entry, 'Title').words)
    const hosts = hostsOf(entry, references)
    const id = Buffer.from(textOf(element(entry, 'UUID')), 'base64')
      .toString('hex')
      .slice(0, 8)
    const name = title || hosts[0] || user || `#${id}`
    return [{ entry, key: path === '' ? name : `${path}/${name}`, title, user, hosts, id, password }]
  })
  const keys = distinct(drafts)
  const expired: string[] = []
  const live = drafts.flatMap(({ entry, title, user, hosts, password }, at): Entry[] => {
    const key = keys[at]!
    if (isExpired(entry, now)) {
      expired.push(key)
      return []
    }
    return [
      {
        key,
        title,
        user,
        hosts,
        password: password.words,
        refers: password.refers,
        broken: password.broken,
        excluded: isExcluded(entry),
        secondFactor: hasSecondFactor(entry),
        changed: changedAt(entry),
      },
    ]
  })
  return { live, ...left, expired }
}
