/** The one function that quotes a word for a POSIX shell. NUL cannot be passed to a shell: it is refused. */
export const quote = (word: string): string => {
  if (word.includes('\0')) throw new Error('NUL in a shell word')
  return /^[A-Za-z0-9_/.:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * The one function between a server's words and the terminal: what is a control character (C0 but newline and tab,
 * DEL, C1), a direction override or a lone surrogate becomes `?`, tabs become spaces.
 */
export const printable = (words: string): string =>
  words
    .replaceAll('\t', ' ')
    .replace(
      /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]/gu,
      '?',
    )

/** The same for one line: newlines too. */
export const printableLine = (words: string): string => printable(words).replaceAll('\n', ' ')

/**
 * The same for a document: nothing is lost, what must not reach a terminal stands in JSON's own notation (JSON itself
 * only asks that of C0).
 */
export const json = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
