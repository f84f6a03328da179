import { createInterface } from 'node:readline'
import { printable } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { type Context, note } from './context.js'
import { Waiting } from './waiting.js'

/** What stays open if nobody answers, and the option that answers instead. */
export interface Missing {
  readonly what: Text
  readonly option: string
}

/** A person is there and wants to be asked: `--yes` accepts the plan and answers nothing else. */
export const asks = (context: Context): boolean => context.canAsk && !context.options.flag('yes')

/** Throws Trouble `cannot-ask` where nobody can answer, before a word of the question is shown. */
export const mustAsk = (context: Context, { what, option }: Missing): void => {
  if (asks(context)) return
  const why = context.canAsk ? text('--yes', '--yes') : text('kein Terminal', 'no terminal')
  throw new Trouble(
    'cannot-ask',
    text(`Keine Antwort möglich (${why.de}): ${what.de} fehlt`, `Cannot ask (${why.en}): ${what.en} missing`),
    text(option, option),
  )
}

const stopped = (): Trouble =>
  new Trouble(
    'stopped',
    text('Abgebrochen, nichts getan', 'Stopped, nothing done'),
    text('Noch einmal, wenn du so weit bist', 'Again when you are ready'),
  )

/** Asks on the terminal. `hidden` shows nothing of what is typed. Throws Trouble `cannot-ask`, `stopped`. */
export const ask = async (context: Context, question: Text, missing: Missing, hidden = false): Promise<string> => {
  mustAsk(context, missing)
  Waiting.hush()
  // only the last line is the prompt: readline draws its prompt anew while somebody types
  const words = printable(question[context.lang])
  const head = words.slice(0, words.lastIndexOf('\n') + 1)
  process.stderr.write(head)
  // where the cursor may not be moved the terminal edits the line itself, unless nothing of it may be seen
  const terminal = hidden || context.live
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal, historySize: 0 })
  const abort = () => lines.close()
  context.stop.addEventListener('abort', abort, { once: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      let answered = false
      lines.question(words.slice(head.length), answer => {
        answered = true
        if (hidden) process.stderr.write('\n')
        // blanks belong to a password
        resolve(hidden ? answer : answer.trim())
      })
      // what is typed from here on is not shown
      if (hidden) (lines as unknown as { _writeToOutput: (words: string) => void })._writeToOutput = () => {}
      lines.on('SIGINT', () => lines.close())
      lines.on('close', () => {
        if (answered) return
        process.stderr.write('\n')
        reject(stopped())
      })
    })
  } finally {
    context.stop.removeEventListener('abort', abort)
    lines.close()
  }
}

const yes = ['ja', 'j', 'yes', 'y']
const no = ['nein', 'n', 'no']
export const saysYes = (answer: string): boolean => yes.includes(answer.toLowerCase())
export const saysNo = (answer: string): boolean => no.includes(answer.toLowerCase())

/** ja/j/yes/y and nein/n/no work in both languages; anything else asks again. */
export const askYes = async (context: Context, question: Text, missing: Missing): Promise<boolean> => {
  for (let tries = 0; tries < 20; tries++) {
    const answer = await ask(context, question, missing)
    if (saysYes(answer)) return true
    if (saysNo(answer)) return false
  }
  return false
}

/** Asks until the answer will do; what is wrong with one is said below it. */
export const insist = async <T>(context: Context, asking: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await asking()
    } catch (error) {
      if (!(error instanceof Trouble) || ['stopped', 'cannot-ask'].includes(error.code)) throw error
      note(context, text(`   ${error.text.de}. ${error.hint.de}.`, `   ${error.text.en}. ${error.hint.en}.`))
    }
  }
}
