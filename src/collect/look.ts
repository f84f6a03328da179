import type { SectionName, Sections } from '../model/facts.js'

/** What a look's shell printed, and how it ended. */
export interface Raw {
  readonly status: number
  readonly text: string
}

/**
 * One look: the shell that looks and the parser that reads it, side by side.
 *
 * The shell is dumb POSIX sh, reads only, writes nothing, resolves no names; the helpers of prelude.ts are there.
 * It exits 77 where it is not allowed to look and 78 where the tool is missing. A parser may throw: that makes the
 * section `unparsable`. It never invents a default for something that was not printed.
 */
export interface Look<S extends SectionName> {
  readonly section: S
  /** seconds after which it counts as `timeout` */
  readonly limit: number
  /** in the row beside the quick one: what may take its time, and what keeps the two equally long */
  readonly beside?: true
  /** the systemd units it asks for by `units $UNITS`; those of all looks that share a shell are asked for at once */
  readonly units?: readonly string[]
  /** only for harden: an audit does not need it and would pay for it */
  readonly only?: 'harden'
  readonly sh: string
  parse(raw: Raw): Sections[S]
}

export const look = <S extends SectionName>(definition: Look<S>): Look<S> => definition

/** `name=value` lines to a map; the first of a name counts. */
export const pairs = (text: string): Map<string, string> => {
  const map = new Map<string, string>()
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0 && !map.has(line.slice(0, at))) map.set(line.slice(0, at), line.slice(at + 1))
  }
  return map
}

/** The lines that begin with `tag` and a tab, split at tabs, without the tag. */
export const rows = (text: string, tag: string): string[][] =>
  text
    .split('\n')
    .filter(line => line.startsWith(`${tag}\t`))
    .map(line => line.slice(tag.length + 1).split('\t'))

/** The value that must be there; a missing one is a parser's error, never a default. */
export const must = (map: ReadonlyMap<string, string>, name: string): string => {
  const value = map.get(name)
  if (value === undefined) throw new Error(`${name} was not printed`)
  return value
}

/** A whole number, or an error. */
export const whole = (word: string | undefined): number => {
  if (word === undefined || !/^-?\d+$/.test(word.trim())) throw new Error(`not a number: ${word}`)
  return Number(word)
}

/**
 * Files as the prelude's `emit_file` prints them: one `F` line, then its lines behind `|`. What follows later is no line
 * of a file, whatever it looks like.
 */
export const files = (text: string): { head: string[]; lines: string[] }[] => {
  const found: { head: string[]; lines: string[] }[] = []
  let current: string[] | null = null
  for (const line of text.split('\n')) {
    if (line.startsWith('F\t')) {
      current = []
      found.push({ head: line.slice(2).split('\t'), lines: current })
    } else if (line.startsWith('|')) current?.push(line.slice(1))
    else current = null
  }
  return found
}
