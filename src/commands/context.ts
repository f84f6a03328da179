import { accessSync, constants, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { json, printable } from '../model/shell.js'
import type { Lang, Text } from '../model/text.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { Waiting } from './waiting.js'

export type Format = 'terminal' | 'json'

/** What a command was called with: options as typed, the streams it may use, the moment it runs in. */
export interface Context {
  readonly lang: Lang
  readonly format: Format
  readonly output: string | undefined
  readonly color: boolean
  readonly width: number
  readonly quiet: boolean
  readonly verbose: boolean
  /** a person can be asked: standard input and standard error are a terminal */
  readonly canAsk: boolean
  /** lines may be drawn over */
  readonly live: boolean
  /** standard error is no terminal and the result is JSON: one object a line */
  readonly events: boolean
  readonly now: () => Date
  /** Ctrl+C was pressed; from `hold` on, that takes everything back in order instead of ending at once */
  readonly stop: AbortSignal
  readonly hold: () => void
  readonly options: Options
}

/** Values of the options, by their long names; ssh's own by their letters. */
export interface Options {
  one(name: string): string | undefined
  many(name: string): readonly string[]
  flag(name: string): boolean
  /** -p -i -J -F -o in their order, as ssh takes them */
  readonly ssh: readonly string[]
}

/** Can this file be written? Asked before the work, so that its result is not lost. Throws Trouble `bad-output`. */
export const checkOutput = (path: string | undefined, option: string): void => {
  if (path === undefined) return
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found?.isDirectory()) throw new Error('a folder')
    accessSync(found ? path : dirname(path), constants.W_OK)
  } catch {
    throw badOutput(path, option)
  }
}

export const badOutput = (path: string, option: string): Trouble =>
  new Trouble(
    'bad-output',
    text(`${path} lässt sich nicht schreiben`, `${path} cannot be written`),
    text(`Einen anderen Pfad angeben: ${option} FILE`, `Give another path: ${option} FILE`),
  )

/** The result: to standard output, or to `--output FILE`. Throws Trouble `bad-output`. */
export const deliver = (context: Context, result: string): void => {
  const ended = result.endsWith('\n') ? result : `${result}\n`
  if (context.output === undefined) {
    process.stdout.write(ended)
    return
  }
  try {
    writeFileSync(context.output, ended, { mode: 0o600 })
  } catch {
    throw badOutput(context.output, '--output')
  }
}

/** Talk on standard error: a line for people, an object for programs. */
export const note = (context: Context, words: Text): void => {
  Waiting.hush()
  if (context.events) emit({ event: 'note', text: words })
  else if (!context.quiet) process.stderr.write(`${printable(words[context.lang])}\n`)
}

export const emit = (event: object): void => {
  process.stderr.write(`${json(event)}\n`)
}
