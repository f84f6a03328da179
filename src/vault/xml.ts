import { isUtf8 } from 'node:buffer'
import { text } from '../model/text.js'
import { damaged, tooCostly } from './refusals.js'

/**
 * A vault's XML, kept as it was written: what stands between tags is not touched before somebody asks for it, so that
 * a file is written back with everything that Riegel does not know. Strict and bounded: no DOCTYPE, no entities but
 * XML's own five, nothing but one element at the top.
 */
export interface Element {
  readonly name: string
  /** everything behind the name in its tag, as written */
  readonly attributes: string
  /** elements, and the text between them as written */
  readonly inside: (Element | string)[]
  /** the bytes of a protected value, which the file itself holds hidden */
  secret?: Buffer
}

const where = text('XML', 'XML')
const limits = { length: 400 * 1024 * 1024, elements: 4_000_000, depth: 200 } as const

const tag = /<([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*)(\/?)>/y

const refuseDoctype = () =>
  tooCostly(text('sein XML hat eine DOCTYPE, die kein Tresor braucht', 'its XML has a DOCTYPE, which no vault needs'))

/** Where a comment, an instruction or CDATA that begins here ends; -1 = an ordinary tag. Throws Trouble. */
const endOfOther = (source: string, at: number): number => {
  const [end, length] = source.startsWith('<!--', at)
    ? [source.indexOf('-->', at + 4), 3]
    : source.startsWith('<![CDATA[', at)
      ? [source.indexOf(']]>', at), 3]
      : source.startsWith('<?', at)
        ? [source.indexOf('?>', at), 2]
        : [null, 0]
  if (end === null) {
    if (source.startsWith('<!', at)) throw refuseDoctype()
    return -1
  }
  if (end < 0) throw damaged(where)
  return end + length
}

export interface Document {
  /** what stands before and behind the one element */
  readonly before: string
  readonly root: Element
  readonly after: string
}

/** Throws Trouble `bad-vault`, `costly-vault`. */
export const parse = (bytes: Buffer): Document => {
  if (bytes.length > limits.length) throw tooCostly(text('XML über 400 MiB', 'XML of more than 400 MiB'))
  // what is no UTF-8 could not be written back as it was
  if (!isUtf8(bytes)) throw damaged(where)
  const source = bytes.toString('utf8')
  const names = new Map<string, string>()
  const top: Element = { name: '', attributes: '', inside: [] }
  const open = [top]
  let elements = 0
  let from = 0
  let at = source.indexOf('<')
  const add = (until: number) => {
    if (until > from) open.at(-1)!.inside.push(source.slice(from, until))
  }
  for (; at >= 0; at = source.indexOf('<', at)) {
    const other = endOfOther(source, at)
    if (other >= 0) {
      at = other
      continue
    }
    add(at)
    const current = open.at(-1)!
    if (source[at + 1] === '/') {
      const end = source.indexOf('>', at)
      if (end < 0 || open.length === 1 || source.slice(at + 2, end).trimEnd() !== current.name) throw damaged(where)
      open.pop()
      at = end + 1
    } else {
      tag.lastIndex = at
      const found = tag.exec(source)
      if (!found) throw damaged(where)
      const [whole, word = '', attributes = '', closed] = found
      const name = names.get(word) ?? word
      names.set(name, name)
      elements += 1
      if (elements > limits.elements || open.length > limits.depth)
        throw tooCostly(
          text('sein XML ist tiefer oder größer als jeder Tresor', 'its XML is deeper or larger than any vault'),
        )
      const element: Element = { name, attributes, inside: [] }
      current.inside.push(element)
      if (closed === '') open.push(element)
      at += whole.length
    }
    from = at
  }
  add(source.length)
  const roots = top.inside.flatMap((one, index) => (typeof one === 'string' ? [] : [index]))
  const words = top.inside.filter(one => typeof one === 'string')
  const [index] = roots
  if (open.length !== 1 || roots.length !== 1 || index === undefined || words.some(one => decode(one).trim() !== ''))
    throw damaged(where)
  const declared = /^\ufeff?<\?xml[^>]*encoding\s*=\s*["']([^"']*)/.exec(source)?.[1] ?? 'utf-8'
  if (declared.toLowerCase() !== 'utf-8') throw damaged(where)
  return {
    before: top.inside.slice(0, index).join(''),
    root: top.inside[index] as Element,
    after: top.inside.slice(index + 1).join(''),
  }
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** `name`: what stands between & and ; where that is near. Throws Trouble `bad-vault`. */
const entity = (name: string | undefined): string => {
  const known = name === undefined || !Object.hasOwn(entities, name) ? undefined : entities[name]
  if (known !== undefined) return known
  const number = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name ?? '')
  const code = number ? Number.parseInt(number[1] ?? number[2]!, number[1] === undefined ? 10 : 16) : Number.NaN
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw damaged(where)
  return String.fromCodePoint(code)
}

const plain = (words: string): string =>
  words.includes('&') ? words.replace(/&(?:([^;&]{1,12});)?/g, (_, name?: string) => entity(name)) : words

/** What raw text between tags says. Throws Trouble `bad-vault` for an entity that XML does not know. */
const decode = (raw: string): string =>
  raw.includes('<')
    ? raw
        .replace(/^\ufeff/, '')
        .split(/(<!--.*?-->|<\?.*?\?>|<!\[CDATA\[.*?\]\]>)/s)
        .map((part, at) => (at % 2 === 0 ? plain(part) : part.startsWith('<![CDATA[') ? part.slice(9, -3) : ''))
        .join('')
    : plain(raw).replace(/^\ufeff/, '')

/** What an element says: its protected value, or its text. */
export const textOf = (element: Element | undefined): string =>
  element === undefined
    ? ''
    : (element.secret?.toString('utf8') ??
      element.inside.map(one => (typeof one === 'string' ? decode(one) : '')).join(''))

export const elements = (element: Element | undefined, name: string): Element[] =>
  element === undefined
    ? []
    : element.inside.filter((one): one is Element => typeof one !== 'string' && one.name === name)

export const element = (parent: Element | undefined, name: string): Element | undefined =>
  parent?.inside.find((one): one is Element => typeof one !== 'string' && one.name === name)

export const isProtected = ({ attributes }: Element): boolean => /\sProtected\s*=\s*["']true["']/i.test(attributes)

/** Every element in the order of the document, which is the order of the hiding stream. */
export function* walk(from: Element): Generator<Element> {
  const waiting: Element[] = [from]
  for (;;) {
    const next = waiting.pop()
    if (next === undefined) return
    yield next
    for (let at = next.inside.length - 1; at >= 0; at--) {
      const one = next.inside[at]!
      if (typeof one !== 'string') waiting.push(one)
    }
  }
}

/** XML knows no other control characters, not even as entities: what a person typed may hold some. */
const escaped = (words: string): string =>
  words
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"\r]/g, one => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' })[one]!)

/** A new element that holds other elements, or words. */
export const make = (name: string, inside: string | readonly Element[] = [], attributes = ''): Element => ({
  name,
  attributes: attributes === '' ? '' : ` ${attributes}`,
  inside: typeof inside === 'string' ? (inside === '' ? [] : [escaped(inside)]) : [...inside],
})

/** Puts words in the place of what an element says. */
export const say = (element: Element, words: string): void => {
  element.inside.splice(0, element.inside.length, escaped(words))
}

/** The document as bytes; `hide`: what a protected value becomes. */
export const serialize = ({ before, root, after }: Document, hide: (secret: Buffer) => Buffer): Buffer => {
  const parts: string[] = [before]
  const waiting: (Element | string)[] = [root]
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    if (typeof one === 'string') {
      parts.push(one)
      continue
    }
    const { name, attributes, inside, secret } = one
    if (secret !== undefined) parts.push(`<${name}${attributes}>${hide(secret).toString('base64')}</${name}>`)
    else if (inside.length === 0) parts.push(`<${name}${attributes}/>`)
    else {
      parts.push(`<${name}${attributes}>`)
      waiting.push(`</${name}>`)
      for (let at = inside.length - 1; at >= 0; at--) waiting.push(inside[at]!)
    }
  }
  parts.push(after)
  return Buffer.from(parts.join(''))
}
