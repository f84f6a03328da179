import { randomInt } from 'node:crypto'

const pick = <T>(list: ArrayLike<T>): T => list[randomInt(list.length)]!

/** On the same keys of German and US layouts, without l and o: it may have to be typed at a provider's console. */
const alphabet = 'abcdefghijkmnpqrstuvwx23456789'

/** Five groups of four, joined by dots: about 98 bits (screens.md, "The sudo password"). */
export const makePassword = (): string =>
  Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => pick(alphabet)).join('')).join('.')

/** What was made, and how many bits somebody would have to guess who knows how. */
export interface Made {
  readonly password: string
  readonly bits: number
}

/** Without what looks alike; the signs are taken nearly everywhere and mean nothing to a shell. */
const classes = ['abcdefghijkmnpqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '-_.+'] as const
const letters = classes.join('')

/** As many strings of a length hold something of every class: all, less those that lack one, and so on. */
const holdingAll = (length: number): number => {
  let sum = 0
  for (let lacking = 0; lacking < 2 ** classes.length; lacking++) {
    const left = classes.filter((_, at) => !((lacking >> at) & 1)).join('').length
    const sign = classes.filter((_, at) => (lacking >> at) & 1).length % 2 ? -1 : 1
    sum += sign * left ** length
  }
  return sum
}

/** Characters, each drawn evenly; small and large letters, digits and signs all occur, since many sites insist on it. */
export const makeCharacters = (length: number): Made => {
  const bits = Math.log2(holdingAll(length))
  for (;;) {
    const password = Array.from({ length }, () => pick(letters)).join('')
    if (classes.every(own => [...own].some(letter => password.includes(letter)))) return { password, bits }
  }
}

export const languages = ['de', 'en'] as const
export type Language = (typeof languages)[number]

const wordsIn: Readonly<Record<Language, () => Promise<readonly string[]>>> = {
  de: async () => (await import('./words-de.js')).words,
  en: async () => (await import('./words-en.js')).words,
}

/** Words, each drawn evenly from one list, joined by dots. */
export const makeWords = async (count: number, language: Language): Promise<Made> => {
  const words = await wordsIn[language]()
  return { password: Array.from({ length: count }, () => pick(words)).join('.'), bits: Math.log2(words.length) * count }
}

/** Lengths by BSI (20 characters where the password stands alone) and NIST (15); what is shorter passwords/weak doubts. */
export const lengths = {
  characters: { usual: 20, least: 15, alone: 20, most: 128 },
  words: { usual: 6, least: 5, alone: 5, most: 32 },
} as const
