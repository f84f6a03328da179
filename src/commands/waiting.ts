import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import type { Context } from './context.js'

/**
 * One line that says what is being waited for: from half a second on, counted by the second, taken away afterwards.
 * Where lines cannot be drawn over, nothing.
 */
export class Waiting {
  readonly #context: Context
  #timer: NodeJS.Timeout | undefined
  #shown = false
  #words = text('', '')
  readonly #leave = () => this.end()
  static #current: Waiting | null = null

  /** Takes away whatever line is shown: somebody is asked or told something. */
  static hush(): void {
    Waiting.#current?.end()
  }

  constructor(context: Context) {
    this.#context = context
  }

  begin(words: Text): void {
    this.end()
    const { live, quiet, lang, stop, width } = this.#context
    if (!live || quiet) return
    Waiting.#current = this
    const began = performance.now()
    this.#words = words
    const show = () => {
      this.#shown = true
      const seconds = Math.round((performance.now() - began) / 1000)
      const line = `  … ${printableLine(this.#words[lang])}${seconds === 0 ? '' : `, ${seconds} s`}`
      process.stderr.write(`\r${line.slice(0, width - 1)}\u001b[K`)
      this.#timer = setTimeout(show, 1000)
      this.#timer.unref()
    }
    this.#timer = setTimeout(show, 500)
    this.#timer.unref()
    stop.addEventListener('abort', this.#leave, { once: true })
  }

  /** From the next second on the line says this. */
  say(words: Text): void {
    this.#words = words
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#context.stop.removeEventListener('abort', this.#leave)
    if (this.#shown) process.stderr.write('\r\u001b[K')
    this.#shown = false
  }
}

/** The same around one piece of work. */
export const waiting = async <T>(context: Context, words: Text, work: () => Promise<T>): Promise<T> => {
  const line = new Waiting(context)
  line.begin(words)
  try {
    return await work()
  } finally {
    line.end()
  }
}
