import { type Options, ZxcvbnFactory } from '@zxcvbn-ts/core'
import * as common from '@zxcvbn-ts/language-common'
import * as german from '@zxcvbn-ts/language-de'
import * as english from '@zxcvbn-ts/language-en'
import { weakBelow } from '../model/passwords.js'

export interface Strength {
  /**
   * How many guesses a password withstands from somebody who knows words, names, keyboards and what people do with them:
   * as the power of ten, 0 for the empty one. `known`: what the attacker has anyway, e.g. title, user and hosts.
   */
  guesses(password: string, known: readonly string[]): number
}

/** Letters that are judged at once: the time grows with their square. */
const piece = 20
/** So strong that it stays so where the cut went through a word. */
const surely = weakBelow + 4
/** More of a password is not judged: nobody guesses that far into one. */
const most = 128

const separators = /[-_., /]+/g

type Ranks = Record<string, number>

/** A list in the order of use, or one in that of the alphabet, whose words are all equally likely. */
interface List {
  readonly words: readonly string[]
  readonly alphabetical?: true
}

const plain: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' }

/** Lists made one: a word has the best of its ranks; German letters also as they are written without them. */
const merged = (...lists: readonly List[]): Ranks => {
  // without a prototype, or "constructor" would be found in every list
  const ranks: Ranks = Object.create(null)
  const put = (word: string, rank: number) => {
    if (!(ranks[word]! <= rank)) ranks[word] = rank
  }
  for (const { words, alphabetical } of lists)
    words.forEach((word, at) => {
      const rank = alphabetical ? Math.ceil(words.length / 2) : at + 1
      put(word, rank)
      if (/[äöüß]/.test(word))
        put(
          word.replace(/[äöüß]/g, letter => plain[letter]!),
          rank,
        )
    })
  return ranks
}

const longest = (words: readonly string[]): number => words.reduce((most, word) => Math.max(most, word.length), 0)

/** What stands in a title, a user name or a host: whole, its names with dots and hyphens, and the words in them. */
const wordsOf = (known: readonly string[]): string[] => {
  const all = known.flatMap(one => [one, ...one.split(/[^\p{L}\p{N}.-]+/u), ...one.split(/[^\p{L}\p{N}]+/u)])
  return [...new Set(all.map(word => word.toLowerCase()))].filter(word => word.length > 2)
}

/** What anybody would try, with its rank in use. */
const allLists = (): Ranks => {
  const { 'passwords-common': passwords, 'diceware-common': diceware } = common.dictionary
  const { 'commonWords-en': words, 'wikipedia-en': wikipedia } = english.dictionary
  const { 'firstnames-en': firstNames, 'lastnames-en': lastNames } = english.dictionary
  const inOrder = [passwords, words, wikipedia, lastNames]
  const { commonWords, wikipedia: articles, firstnames, lastnames } = german.dictionary as Record<string, string[]>
  return merged(
    ...[...inOrder, commonWords!, articles!, lastnames!].map(words => ({ words })),
    ...[diceware, firstNames, firstnames!].map(words => ({ words, alphabetical: true }) as const),
  )
}

/** Reads the lists: half a second and some hundred MB, so once, and only by whoever judges passwords. */
export const loadStrength = async (): Promise<Strength> => {
  const { qwertz, qwerty, keypad } = common.adjacencyGraphs
  const zxcvbn = new ZxcvbnFactory({ graphs: { qwertz, qwerty, keypad }, l33tMaxSubstitutions: 1, maxLength: most })
  // told by lists alone it would look into each of them, know no best rank of two, and find "constructor" everywhere
  const options = Reflect.get(zxcvbn, 'options') as Options
  const ranks = allLists()
  const longestOfAll = longest(Object.keys(ranks))
  options.rankedDictionaries = { words: ranks }
  options.getUserInputsOptions = () => undefined as unknown as ReturnType<Options['getUserInputsOptions']>
  const judge = (part: string): number => {
    const { guessesLog10, sequence } = zxcvbn.check(part)
    if (guessesLog10 < weakBelow || sequence.length < 3 || part.search(separators) < 0) return guessesLog10
    // every piece counts ten thousandfold there, so that three blanks alone make strong: without them, and for each that is
    // not like the others ten ways to put it back
    const kinds = new Set(part.match(separators)).size
    return Math.min(guessesLog10, zxcvbn.check(part.replace(separators, '')).guessesLog10 + kinds)
  }

  /** With what is known in front of all that anybody would try. */
  const knowing = <T>(known: readonly string[], work: () => T): T => {
    const before = known.map(word => [word, ranks[word]] as const)
    known.forEach((word, at) => {
      ranks[word] = at + 1
    })
    options.rankedDictionariesMaxWordSize = { words: Math.max(longestOfAll, longest(known)) }
    try {
      return work()
    } finally {
      for (const [word, rank] of before)
        if (rank === undefined) delete ranks[word]
        else ranks[word] = rank
    }
  }

  return {
    guesses(password, known) {
      if (password === '') return 0
      return knowing(wordsOf(known), () => {
        if (password.length <= piece) return judge(password)
        // whoever has to guess a strong part guesses the whole no sooner
        for (const part of [password.slice(0, piece), password.slice(-piece)]) {
          const guesses = judge(part)
          if (guesses >= surely) return guesses
        }
        return judge(password)
      })
    },
  }
}
