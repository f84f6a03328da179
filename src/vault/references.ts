import { fieldOf } from './entry.js'
import { type Element, element, textOf } from './xml.js'

// {REF:P@I:46C9B1FFBD4ABC4BBB260C6190BAD20C}: the password of the entry with that id. KeePass writes it where one
// password is kept once and meant in several places.

const fields: Readonly<Record<string, string>> = { T: 'Title', U: 'UserName', P: 'Password', A: 'URL', N: 'Notes' }
const reference = /\{REF:([TUPANI])@([TUPANIO]):([^{}]*)\}/gi

/** How far one reading follows, and all readings of a vault together: a few lines could ask for 10^12 passwords. */
const deepest = 10
const each = { references: 100, letters: 64 * 1024 }
const together = { references: 200_000, letters: 16 * 1024 * 1024 }

interface Field {
  readonly entry: Element
  readonly name: string
}

/** What one reading may still take. */
interface Left {
  references: number
  letters: number
}

const idOf = (entry: Element): string =>
  Buffer.from(textOf(element(entry, 'UUID')), 'base64')
    .toString('hex')
    .toUpperCase()

export interface Resolved {
  readonly words: string
  /** it was, or held, a reference */
  readonly refers: boolean
  /** a reference that leads nowhere, in a circle, or to more than anybody means */
  readonly broken: boolean
}

/** Reads an entry's fields with the references in them followed. */
export class References {
  readonly #entries: readonly Element[]
  readonly #found = new Map<string, Map<string, Element>>()
  readonly #words = new Map<Element, Map<string, string>>()
  readonly #left: Left = { ...together }

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

  /** A field as it stands there; an entry with many fields is searched once. */
  #wordsOf({ entry, name }: Field): string {
    const known = this.#words.get(entry) ?? new Map<string, string>()
    this.#words.set(entry, known)
    const words = known.get(name) ?? textOf(fieldOf(entry, name))
    known.set(name, words)
    return words
  }

  /** A field with what its references lead to; `above`: the fields that are being read, from the first one down. */
  #follow(field: Field, above: readonly Field[], left: Left): Resolved {
    const words = this.#wordsOf(field)
    if (!words.includes('{')) return { words, refers: false, broken: false }
    const path = [...above, field]
    let refers = false
    let broken = false
    const said = words.replace(reference, (whole, wanted: string, by: string, key: string) => {
      refers = true
      left.references -= 1
      const [want, search] = [wanted.toUpperCase(), by.toUpperCase()]
      const far = search === 'O' || path.length > deepest || left.references < 0 || left.letters < 0
      const entry = far ? undefined : this.#find(search, key)
      if (entry === undefined) {
        broken = true
        return whole
      }
      if (want === 'I') return idOf(entry)
      const target: Field = { entry, name: fields[want]! }
      left.letters -= this.#wordsOf(target).length
      if (left.letters < 0 || path.some(one => one.entry === entry && one.name === target.name)) {
        broken = true
        return whole
      }
      const found = this.#follow(target, path, left)
      if (found.broken) broken = true
      return found.words
    })
    return { words: said, refers, broken }
  }

  /** A field of an entry, with what its references lead to. Where that is too much it stays as it stands there. */
  read(entry: Element, name: string): Resolved {
    const all = this.#left
    const given = {
      references: Math.min(each.references, all.references),
      letters: Math.min(each.letters, all.letters),
    }
    const left = { ...given }
    const read = this.#follow({ entry, name }, [], left)
    if (!read.refers) return read
    all.references -= given.references - Math.max(0, left.references)
    all.letters -= given.letters - Math.max(0, left.letters)
    if (left.references >= 0 && left.letters >= 0) return read
    return { words: this.#wordsOf({ entry, name }), refers: true, broken: true }
  }
}
