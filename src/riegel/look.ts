import { lookScript, nothingSeen, type Occasion, readLooks } from '../collect/script.js'
import type { Facts, OperatorFacts, SectionName, WireFacts } from '../model/facts.js'
import { seen } from '../model/facts.js'
import { quote } from '../model/shell.js'
import type { Session } from '../model/target.js'
import { version } from '../model/version.js'
import { frame, newToken, opening } from '../target/frames.js'

export interface LookOptions {
  readonly target: string
  readonly occasion: Occasion
  readonly operator: OperatorFacts | null
  readonly now: Date
  /** what the wire showed, where a fresh connection is newer than the session's own */
  readonly wire?: WireFacts
  /** lines in front of the script: what a hypothetical look needs to know */
  readonly variables?: Readonly<Record<string, string>>
  /** where it was sent ahead with the connection's opening */
  readonly prepared?: Prepared
}

/** A look before it is sent: its script, and the token between whose lines its answers stand. */
export interface Prepared {
  readonly token: string
  readonly script: string
}

export const prepare = (occasion: Occasion, variables: Readonly<Record<string, string>> = {}): Prepared => {
  const token = newToken()
  return { token, script: `${exports(variables)}${lookScript(token, occasion)}` }
}

/** Byte for byte what goes to a shell's standard input to look (`--show-script`), with a word for the random token. */
export const sentToLook = (occasion: Occasion): string => {
  // the lengths in the headers are those of real tokens
  const { token, script } = prepare(occasion)
  return `${opening(token)}${frame(token, script, '', true)}`.replaceAll(token, 'riegel-TOKEN')
}

/** The same for a single look. */
export const sectionScript = (
  token: string,
  section: SectionName,
  variables: Readonly<Record<string, string>>,
): string => `${exports(variables)}${lookScript(token, 'harden', section)}`

const exports = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('')

/** A script that was sent ahead of the connection may have begun this long before its answer was asked for. */
const ahead = 5

/**
 * Seconds by which a clock that said `then` is ahead of the operator's, where `then` lies outside of the time in which it
 * was read; 0 within. No wait for an answer is taken for a drift.
 */
export const drift = (then: number, from: Date, to: Date): number => {
  const [first, last] = [from.getTime() / 1000 - ahead, to.getTime() / 1000]
  return Math.round(then > last ? then - last : then < first ? then - first : 0)
}

/** Looks at a target: one script, one round trip. A section that cannot be seen says why. Throws Lost. */
export const look = async (session: Session, options: LookOptions): Promise<Facts> => {
  const started = process.hrtime.bigint()
  const { token, script } = options.prepared ?? prepare(options.occasion, options.variables)
  const { output } = await session.run(script, { timeoutMs: 120_000, speaks: true })
  const wire = options.wire ?? session.wire
  const sections = readLooks(token, output)
  const { system, clock } = sections
  return {
    schema: 'riegel.facts/1',
    riegel: version,
    target: options.target,
    takenAt: options.now.toISOString(),
    durationMs: Math.round(Number(process.hrtime.bigint() - started) / 1e6),
    sections: {
      ...nothingSeen(),
      ...sections,
      ...(system.seen &&
        clock.seen && { clock: seen({ ...clock.value, drift: drift(system.value.now, options.now, new Date()) }) }),
      ...(wire && { wire: seen(wire) }),
      ...(options.operator && { operator: seen(options.operator) }),
    },
  }
}
