import { fieldOf } from './entry.js'
import { type Element, element, textOf } from './xml.js'

// {REF:P@I:46C9B1FFBD4ABC4BBB260C6190BAD20C}: the password of the entry with that id. KeePass writes it where one
// password is kept once and meant in several places.

const fields: Readonly<Record<string, string>> = { T: 'Title', U: 'UserName', P: 'Password', A: 'URL', N: 'Notes' }
const reference = /\{REF:([TUPANI])@([TUPANIO]):([^{}]*)\}/gi
const deepest = 10

const idOf = (entry: Element): string =>
  Buffer.from(textOf(element(entry, 'UUID')), 'base64')
    .toString('hex')
    .toUpperCase()

export interface Resolved {
  readonly words: string
  /** it was, or held, a reference */
  readonly refers: boolean
  /** a reference that leads nowhere, or in a circle */
  readonly broken: boolean
}

/** Reads an entry's fields with the references in them followed. */
export class References {
  readonly #entries: readonly Element[]
  readonly #found = new Map<string, Map<string, Element>>()

  constructor(entries: readonly Element[]) {
    this.#entries = entries
  }

  /** The first entry whose field says exactly this. */
  #find(by: string, words: string): Element | undefined {
    let index = this.#found.get(by)
    if (index === undefined) {
      index = new Map()
      for (const entry of this.#entries) {
        const key = by === 'I' ? idOf(entry) : textOf(fieldOf(entry, fields[by]!)).toLowerCase()
        if (!index.has(key)) index.set(key, entry)
      }
      this.#found.set(by, index)
    }
    return index.get(by === 'I' ? words.replaceAll('-', '').toUpperCase() : words.toLowerCase())
  }

  read(entry: Element, name: string, depth = 0): Resolved {
    const words = textOf(fieldOf(entry, name))
    if (!words.includes('{')) return { words, refers: false, broken: false }
    let refers = false
    let broken = false
    const said = words.replace(reference, (whole, wanted: string, by: string, key: string) => {
      refers = true
      const [want, search] = [wanted.toUpperCase(), by.toUpperCase()]
      const target = search === 'O' || depth >= deepest ? undefined : this.#find(search, key)
      if (target === undefined) {
        broken = true
        return whole
      }
      if (want === 'I') return idOf(target)
      const found = this.read(target, fields[want]!, depth + 1)
      if (found.broken) broken = true
      return found.words
    })
    return { words: said, refers, broken }
  }
}
