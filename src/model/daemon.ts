import type { SshdFacts } from './facts.js'

/** sshd(8): options that take a word, and those among all that outrank or replace the files. */
const takesWord = 'bcCEfghkopu'
const outranking = 'fopCg'

const letters = (args: readonly string[]): { letter: string; word: string }[] => {
  const found: { letter: string; word: string }[] = []
  for (let at = 0; at < args.length; at++) {
    const word = args[at]!
    if (!/^-./.test(word)) continue
    // several letters may share one word, and the first that takes a value eats the rest of it: -4Dp2222
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!
      const takes = takesWord.includes(letter)
      found.push({ letter, word: takes && i === word.length - 1 ? `${word} ${args[at + 1] ?? ''}`.trim() : word })
      if (!takes) continue
      if (i === word.length - 1) at++
      break
    }
  }
  return found
}

/** The first option on sshd's command line that goes before every file, with its value. */
export const optionAboveFiles = (args: readonly string[]): string | undefined =>
  letters(args).find(({ letter }) => outranking.includes(letter))?.word

/** A process of sshd that only tests, or serves one connection: no daemon. */
export const servesOnce = (args: readonly string[]): boolean =>
  letters(args).some(({ letter }) => 'iRtTGV'.includes(letter))

/** A daemon of which the files do not tell what it runs with, as its command line; null = there is none. */
export const runsApart = ({ daemons, units, startOptions, socket }: SshdFacts): string | null => {
  const line = (some: SshdFacts['daemons']) => some.map(({ args }) => args.join(' ')).join(', ')
  const outranks = (args: readonly string[]) => optionAboveFiles(args.slice(1)) !== undefined
  const odd = daemons.filter(({ args, elsewhere }) => elsewhere === true || outranks(args))
  if (odd.length > 0) return line(odd)
  if (daemons.length === 0) {
    // none at the moment: by what the next connection would start
    const next = [...units.map(({ execStart }) => execStart), `sshd ${startOptions}`, socket?.forEach ?? '']
    return next.find(words => outranks(words.split(/\s+/))) ?? (socket?.forEach === '' ? 'sshd' : null)
  }
  if (daemons.length > 1) return line(daemons)
  // a socket starts sshd anew for each connection: then it read the files just now
  const tells = units.some(
    unit =>
      unit.name.endsWith('.service') &&
      unit.active === 'active' &&
      unit.changedAt > 0 &&
      daemons.some(({ pid }) => pid === unit.mainPid),
  )
  return tells ? null : line(daemons)
}
