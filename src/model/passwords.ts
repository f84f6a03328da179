import type { PasswordFacts } from './facts.js'
import { type Text, text } from './text.js'

/** Below 10^12 guesses a password is weak: a stolen hash of it is guessed in an hour or less. */
export const weakBelow = 12

/** The key under which `riegel password` judges the one it was given. */
export const theOne = 'password'

/** How a sentence calls a password: by its entry in a vault, or as the only one there is. */
export const whose = ({ key, title }: PasswordFacts): Text =>
  key === theOne && title === '' ? text('Das Passwort', 'The password') : text(`„${key}“`, `"${key}"`)

const scales: readonly (readonly [number, Text])[] = [
  [9, text('Milliarden', 'billion')],
  [6, text('Millionen', 'million')],
  [3, text('Tausend', 'thousand')],
]

/** A number given as a power of ten, in words and rounded: `40 Millionen`, `40 million`. */
export const roughly = (power: number): Text => {
  const [down, name] = scales.find(([scale]) => power >= scale) ?? [0, text('', '')]
  const number = Number((10 ** (power - down)).toPrecision(power - down < 2 ? 1 : 2))
  return text(`${number} ${name.de}`.trim(), `${number} ${name.en}`.trim())
}
