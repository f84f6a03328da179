import { readFileSync, statSync } from 'node:fs'
import type { Facts } from '../model/facts.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { readFacts } from '../report/schemas.js'

const bad = (path: string, why: { de: string; en: string }): Trouble =>
  new Trouble(
    'bad-facts',
    text(`${path}: keine Fakten von Riegel (${why.de})`, `${path}: not Riegel facts (${why.en})`),
    text('Erzeugen: riegel audit --save-facts', 'Make them: riegel audit --save-facts'),
  )

/** Facts that were saved earlier, checked against their schema. Throws Trouble `bad-facts`. */
export const factsFrom = (path: string): Facts => {
  let words: string
  try {
    if (statSync(path).size > 32 * 1024 * 1024) throw new Error('too large')
    words = readFileSync(path, 'utf8')
  } catch {
    throw bad(path, text('nicht lesbar', 'cannot be read'))
  }
  const read = readFacts(words)
  if ('error' in read) throw bad(path, read.error)
  return read.facts
}
