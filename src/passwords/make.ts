import { randomInt } from 'node:crypto'

/** On the same keys of German and US layouts, without l and o: it may have to be typed at a provider's console. */
const alphabet = 'abcdefghijkmnpqrstuvwx23456789'

/** Five groups of four, joined by dots: about 98 bits (screens.md, "The sudo password"). */
export const makePassword = (): string =>
  Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')).join(
    '.',
  )
