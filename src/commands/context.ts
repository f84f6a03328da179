import { writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Lang, Text } from '../model/text.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'

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
  readonly stop: AbortSignal
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
    throw new Trouble(
      'bad-output',
      text(`${context.output} lässt sich nicht schreiben`, `${context.output} cannot be written`),
      text('Einen anderen Pfad angeben: --output FILE', 'Give another path: --output FILE'),
    )
  }
}

/** Talk on standard error: a line for people, an object for programs. */
export const note = (context: Context, words: Text): void => {
  if (context.events) emit({ event: 'note', text: words })
  else if (!context.quiet) process.stderr.write(`${words[context.lang]}\n`)
}

export const emit = (event: object): void => {
  process.stderr.write(`${JSON.stringify(event)}\n`)
}

const noTerminal = (what: Text, option: string): Trouble =>
  new Trouble(
    'cannot-ask',
    text(`Keine Antwort möglich (kein Terminal): ${what.de} fehlt`, `Cannot ask (no terminal): ${what.en} missing`),
    text(option, option),
  )

/** Asks on the terminal. `hidden` shows nothing of what is typed. Throws Trouble `cannot-ask` where nobody can answer. */
export const ask = async (
  context: Context,
  question: Text,
  missing: { readonly what: Text; readonly option: string },
  hidden = false,
): Promise<string> => {
  if (!context.canAsk || context.options.flag('yes')) throw noTerminal(missing.what, missing.option)
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true, historySize: 0 })
  const abort = () => lines.close()
  context.stop.addEventListener('abort', abort, { once: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      let answered = false
      lines.question(question[context.lang], answer => {
        answered = true
        if (hidden) process.stderr.write('\n')
        resolve(answer.trim())
      })
      // what is typed from here on is not shown
      if (hidden) (lines as unknown as { _writeToOutput: (words: string) => void })._writeToOutput = () => {}
      lines.on('SIGINT', () => lines.close())
      lines.on('close', () => {
        if (!answered)
          reject(
            new Trouble(
              'stopped',
              text('Abgebrochen, nichts getan', 'Stopped, nothing done'),
              text('Noch einmal, wenn du so weit bist', 'Again when you are ready'),
            ),
          )
      })
    })
  } finally {
    context.stop.removeEventListener('abort', abort)
    lines.close()
  }
}

/** ja/j/yes/y and nein/n/no work in both languages; anything else asks again. */
export const askYes = async (
  context: Context,
  question: Text,
  missing: { readonly what: Text; readonly option: string },
): Promise<boolean> => {
  for (let tries = 0; tries < 20; tries++) {
    const answer = (await ask(context, question, missing)).toLowerCase()
    if (['ja', 'j', 'yes', 'y'].includes(answer)) return true
    if (['nein', 'n', 'no'].includes(answer)) return false
  }
  return false
}
