import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  statSync,
  writeFileSync,
} from 'node:fs'
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
  /** it is over: Ctrl+C ends at once again */
  readonly release: () => void
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

/** From now on for nobody but its owner; where a file system knows no modes, as it is. Throws where the file is another's. */
const closeToOthers = (opened: number): void => {
  const { mode, uid } = fstatSync(opened)
  if ((mode & 0o077) === 0) return
  try {
    fchmodSync(opened, 0o600)
  } catch (error) {
    if (uid !== process.getuid?.()) throw error
  }
}

/**
 * Writes a result into a file that nobody else may read, one that was there before too; streams and devices stay as they
 * are. Throws Trouble `bad-output`.
 */
export const writeResult = (path: string, words: string, option: string): void => {
  try {
    const opened = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600)
    try {
      if (fstatSync(opened).isFile()) {
        // what standard output was sent to is not Riegel's to close
        if (!/^\/(dev|proc)\//.test(path)) closeToOthers(opened)
        ftruncateSync(opened)
      }
      writeFileSync(opened, words)
    } finally {
      closeSync(opened)
    }
  } catch {
    throw badOutput(path, option)
  }
}

/** The result: to standard output, or to `--output FILE`. Throws Trouble `bad-output`. */
export const deliver = (context: Context, result: string): void => {
  const ended = result.endsWith('\n') ? result : `${result}\n`
  if (context.output === undefined) {
    process.stdout.write(ended)
    return
  }
  writeResult(context.output, ended, '--output')
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
