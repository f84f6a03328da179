import type { Text } from './text.js'

/**
 * The one expected error: one line that says what is wrong, one that says what to do (screens.md 9).
 * `code` is stable, for programs. Everything else that is thrown is a bug and shows its stack.
 */
export class Trouble extends Error {
  readonly code: string
  readonly text: Text
  readonly hint: Text

  constructor(code: string, text: Text, hint: Text, cause?: unknown) {
    super(text.en, { cause })
    this.name = 'Trouble'
    this.code = code
    this.text = text
    this.hint = hint
  }
}
