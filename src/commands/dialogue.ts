import { printable } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { type Context, note } from './context.js'

const counted: readonly Text[] = [
  text('Keine Frage', 'No question'),
  text('Eine Frage', 'One question'),
  text('Zwei Fragen', 'Two questions'),
  text('Drei Fragen', 'Three questions'),
  text('Vier Fragen', 'Four questions'),
]

/** The questions before the plan: how many they are is said first, and each carries its number (screens.md 3). */
export class Dialogue {
  readonly #context: Context
  #asked = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** `open` of `all` basics; nothing where nothing will be asked. */
  begin(open: number, all: number, questions: number): void {
    const many = counted[questions]
    if (questions === 0 || !many) return
    note(
      this.#context,
      text(
        `\nOffen: ${open} von ${all}. ${many.de}, dann der Plan. Bis du zustimmst, ändert sich auf dem Server nichts.`,
        `\nOpen: ${open} of ${all}. ${many.en}, then the plan. Until you agree, nothing changes on the server.`,
      ),
    )
  }

  /** The question with its number; the answer is asked for below it. */
  head(words: Text): void {
    this.#asked += 1
    const lines = printable(words[this.#context.lang]).split('\n')
    process.stderr.write(`\n${this.#asked}  ${lines.join('\n   ')}\n`)
  }
}
