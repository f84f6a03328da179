import { diffArrays } from 'diff'

/** Lines `from` to `to` (excluded) of a text give way to others. */
interface Hunk {
  readonly from: number
  readonly to: number
  readonly put: readonly string[]
}

const linesOf = (content: string): string[] => (content === '' ? [] : content.replace(/\n$/, '').split('\n'))

/** Null where the two differ in more lines than a configuration file has. */
const hunksOf = (base: readonly string[], other: readonly string[]): Hunk[] | null => {
  const changes = diffArrays([...base], [...other], { maxEditLength: 4000 })
  if (!changes) return null
  const found: Hunk[] = []
  let at = 0
  for (const { added, removed, value } of changes) {
    const last = found.at(-1)
    const goesOn = last?.to === at
    if (added) {
      if (goesOn) found[found.length - 1] = { ...last!, put: [...last!.put, ...value] }
      else found.push({ from: at, to: at, put: value })
    } else if (removed) {
      if (goesOn) found[found.length - 1] = { ...last!, to: at + value.length }
      else found.push({ from: at, to: at + value.length, put: [] })
      at += value.length
    } else at += value.length
  }
  return found
}

const inserts = ({ from, to }: Hunk): boolean => from === to

/** Do they want different things of one place? Lines that both take away are no quarrel. */
const quarrel = (mine: Hunk, theirs: Hunk): boolean => {
  if (inserts(mine) && inserts(theirs)) return mine.from === theirs.from
  if (inserts(theirs)) return mine.from < theirs.from && theirs.from < mine.to && mine.put.length > 0
  if (inserts(mine)) return theirs.from < mine.from && mine.from < theirs.to
  return mine.from < theirs.to && theirs.from < mine.to && (mine.put.length > 0 || theirs.put.length > 0)
}

/**
 * Three-way merge by lines: `wrote` is what Riegel left, `back` what taking it back makes of it, `now` what somebody
 * else has made of it since. Their lines stay, only Riegel's go. Null where somebody changed one of Riegel's own lines, or
 * where the order would have to be guessed. Pure.
 */
export const mergeLines = (wrote: string, back: string, now: string): string | null => {
  const base = linesOf(wrote)
  const mine = hunksOf(base, linesOf(back))
  const theirs = hunksOf(base, linesOf(now))
  if (!mine || !theirs || mine.some(m => theirs.some(t => quarrel(m, t)))) return null
  const gone = (at: number) => [...mine, ...theirs].some(({ from, to }) => from <= at && at < to)
  const put = (hunks: readonly Hunk[], at: number, inserting?: boolean) =>
    hunks
      .filter(hunk => hunk.from === at && (inserting === undefined || inserts(hunk) === inserting))
      .flatMap(hunk => hunk.put)
  const merged = Array.from({ length: base.length + 1 }, (_, at) => [
    ...put(theirs, at, true),
    ...put(mine, at),
    ...put(theirs, at, false),
    ...(at < base.length && !gone(at) ? [base[at]!] : []),
  ]).flat()
  return merged.length === 0 ? '' : `${merged.join('\n')}\n`
}

/** Every line of an sshd_config that says something, behind the Match it stands under. */
const places = (content: string): string[] => {
  let under = ''
  return linesOf(content).flatMap(line => {
    const words = line.trim().replace(/\s+/g, ' ')
    if (words === '' || words.startsWith('#')) return []
    if (/^match[\s=]/i.test(words)) under = words
    return [`${under}\n${words}`]
  })
}

/** The same for sshd's own files, where no line may come to stand under another Match than it was written for. */
export const mergeSshd = (wrote: string, back: string, now: string): string | null => {
  const merged = mergeLines(wrote, back, now)
  if (merged === null) return null
  const known = new Set([...places(back), ...places(now)])
  return places(merged).every(place => known.has(place)) ? merged : null
}
