import { randomBytes } from 'node:crypto'
import type { Vault } from './read.js'
import { type Element, element, elements, make, textOf } from './xml.js'

/** What is put into a vault. */
export interface NewEntry {
  readonly title: string
  readonly user: string
  readonly password: string
  readonly url?: string
  readonly notes?: string
  /** an otpauth:// address, which KeePassXC and KeePass read under this very name */
  readonly otp?: string
}

/** Seconds between the year 1, from which KDBX 4 counts, and 1970. */
const yearOne = 62_135_596_800n

/** A moment as this vault's format writes it. */
export const timeWords = (major: 3 | 4, seconds: number): string => {
  if (major === 3) return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(Math.floor(seconds)) + yearOne)
  return bytes.toString('base64')
}

/** Seconds since 1970, from either format: some programs write the older one into KDBX 4. null = not readable. */
export const timeOf = (words: string): number | null => {
  const trimmed = words.trim()
  if (/^\d{4}-\d\d-\d\dT/.test(trimmed)) {
    const ms = Date.parse(trimmed)
    return Number.isNaN(ms) ? null : ms / 1000
  }
  const bytes = Buffer.from(trimmed, 'base64')
  return bytes.length === 8 ? Number(bytes.readBigInt64LE() - yearOne) : null
}

/** What an entry or a group of this moment says of its times. `now`: seconds since 1970. */
export const times = (major: 3 | 4, now: number): Element => {
  const at = timeWords(major, now)
  return make('Times', [
    make('LastModificationTime', at),
    make('CreationTime', at),
    make('LastAccessTime', at),
    make('ExpiryTime', at),
    make('Expires', 'False'),
    make('UsageCount', '0'),
    make('LocationChanged', at),
  ])
}

const newField = (name: string, words: string, secret: boolean): Element => {
  const value: Element = secret ? make('Value', [], 'Protected="True"') : make('Value', words)
  if (secret && words !== '') value.secret = Buffer.from(words)
  return make('String', [make('Key', name), value])
}

export const newId = (): string => randomBytes(16).toString('base64')

export const rootGroup = ({ document }: Pick<Vault, 'document'>): Element | undefined =>
  element(element(document.root, 'Root'), 'Group')

/** Puts a new entry into the vault's first group; gives its id. The rest of the vault is not touched. */
export const addEntry = (vault: Vault, entry: NewEntry, now: Date, id = newId()): string => {
  const { major } = vault.header
  const made = make('Entry', [
    make('UUID', id),
    make('IconID', '0'),
    times(major, now.getTime() / 1000),
    newField('Title', entry.title, false),
    newField('UserName', entry.user, false),
    newField('Password', entry.password, true),
    newField('URL', entry.url ?? '', false),
    newField('Notes', entry.notes ?? '', false),
    ...(entry.otp === undefined ? [] : [newField('otp', entry.otp, true)]),
    make('History'),
  ])
  const group = rootGroup(vault)
  const { inside } = group!
  // entries stand in front of groups, as KeePass writes them
  const at = inside.findIndex(one => typeof one !== 'string' && one.name === 'Group')
  inside.splice(at < 0 ? inside.length : at, 0, made)
  return id
}

const isEntry = (one: Element | string, id: string): boolean =>
  typeof one !== 'string' && one.name === 'Entry' && textOf(element(one, 'UUID')) === id

/**
 * Takes an entry out again, whatever group it was moved to, and says so to whoever merges this vault with another copy;
 * false where it is not there.
 */
export const removeEntry = (vault: Vault, id: string, now: Date): boolean => {
  const top = rootGroup(vault)
  const groups = top === undefined ? [] : [top]
  // what is found on the way is looked through in its turn
  for (const group of groups) groups.push(...elements(group, 'Group'))
  const group = groups.find(({ inside }) => inside.some(one => isEntry(one, id)))
  if (group === undefined) return false
  group.inside.splice(
    group.inside.findIndex(one => isEntry(one, id)),
    1,
  )
  const root = element(vault.document.root, 'Root')!
  let gone = element(root, 'DeletedObjects')
  if (gone === undefined) {
    gone = make('DeletedObjects')
    root.inside.push(gone)
  }
  const when = timeWords(vault.header.major, now.getTime() / 1000)
  gone.inside.push(make('DeletedObject', [make('UUID', id), make('DeletionTime', when)]))
  return true
}

/** One of an entry's named strings, if it has it. */
export const fieldOf = (entry: Element, name: string): Element | undefined => {
  const found = elements(entry, 'String').find(one => textOf(element(one, 'Key')) === name)
  return element(found, 'Value')
}
