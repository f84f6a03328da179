import type { Lang } from '../model/text.js'

/** What every printer is told; never a global, so that a report looks the same wherever it is made. */
export interface Layout {
  readonly width: number
  readonly color: boolean
}

/** Narrower tears every line apart, wider is hard to read. */
export const fit = (width: number): number => Math.max(80, Math.min(100, Math.floor(width)))

/** Letters, not code units. */
export const length = (words: string): number => [...words].length

export const pad = (words: string, width: number): string => words + ' '.repeat(Math.max(0, width - length(words)))

/** Lines no longer than `width`, broken between words only: a path or an option that is too long stays whole. */
export const wrap = (words: string, width: number, first = '', rest = ' '.repeat(length(first))): string[] => {
  const lines: string[] = []
  let line = first
  let empty = true
  for (const word of words.split(/\s+/).filter(w => w !== '')) {
    if (!empty && length(line) + 1 + length(word) > width) {
      lines.push(line)
      line = rest + word
    } else line += empty ? word : ` ${word}`
    empty = false
  }
  return [...lines, line.trimEnd()]
}

/** A line that is meant to be copied: alone, indented four, whole. */
export const toCopy = (command: string): string => `    ${command}`

/** Two columns; the second wraps below itself. */
export const columns = (rows: readonly (readonly [string, string])[], width: number, indent = '  '): string[] => {
  const left = Math.max(0, ...rows.map(([name]) => length(name)))
  return rows.flatMap(([name, words]) => wrap(words, width, `${indent}${pad(name, left)}   `))
}

export type Paint = (words: string) => string
export interface Style {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly green: Paint
}

const paint =
  (on: boolean, start: number, end: number): Paint =>
  words =>
    on && words !== '' ? `\u001b[${start}m${words}\u001b[${end}m` : words

/** Colours only repeat what a word says already. */
export const style = (on: boolean): Style => ({
  bold: paint(on, 1, 22),
  dim: paint(on, 2, 22),
  red: paint(on, 31, 39),
  yellow: paint(on, 33, 39),
  green: paint(on, 32, 39),
})

/** Colours the first occurrence of a word in a line that is laid out already: escapes would count as letters before. */
export const painted = (line: string, word: string, color: Paint): string => {
  const at = line.indexOf(word)
  return at < 0 ? line : line.slice(0, at) + color(word) + line.slice(at + word.length)
}

/** `0,9 s` or `0.9 s` */
export const seconds = (ms: number, lang: Lang): string => {
  const number = (ms / 1000).toFixed(1)
  return `${lang === 'de' ? number.replace('.', ',') : number} s`
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `24.11.2026, 19:04` or `24 Nov 2026, 19:04`, in the given zone or the reader's own. */
export const moment = (iso: string, lang: Lang, zone?: string): string => {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  const parts = new Intl.DateTimeFormat('en-GB', {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).formatToParts(date)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find(p => p.type === type)?.value ?? ''
  const day =
    lang === 'de'
      ? `${part('day')}.${part('month')}.${part('year')}`
      : `${Number(part('day'))} ${months[Number(part('month')) - 1]} ${part('year')}`
  return `${day}, ${part('hour')}:${part('minute')}`
}

/** What came in blocks of lines, one empty line between two; a block without lines vanishes. */
export const blocks = (...all: readonly (readonly string[])[]): string =>
  `${all
    .filter(lines => lines.length > 0)
    .map(lines => lines.join('\n'))
    .join('\n\n')}\n`
