import type { PasswordFacts, VaultFacts } from '../model/facts.js'
import { printableLine } from '../model/shell.js'
import type { Credentials } from './credentials.js'
import { type Entry, entriesOf } from './entries.js'
import type { Vault } from './read.js'
import { type Uses, usesOf } from './reuse.js'

/** What is asked of each password; the answers come from other rooms. */
export interface Asked {
  /** the power of ten of the guesses it withstands; null = not asked for */
  guesses(password: string, known: readonly string[]): number | null
  /** how often it stands in known leaks; null = not known */
  leaked(password: string): Promise<number | null>
  /** second factors that the site of these hosts offers; null = not known */
  offers(hosts: readonly string[]): readonly string[] | null
}

const atOnce = 16

/** Asks once for each password, some at a time: many entries may share one, and the answers are waited for. */
const answersFor = async <T>(
  passwords: ReadonlySet<string>,
  ask: (password: string) => Promise<T>,
): Promise<Map<string, T>> => {
  const answers = new Map<string, T>()
  const waiting = [...passwords].values()
  const work = async () => {
    for (const password of waiting) answers.set(password, await ask(password))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return answers
}

/** The vault's password as people read it; null where it has none, or one that is no text. */
const wordsOf = ({ password }: Credentials): string | null => {
  const words = password?.toString('utf8') ?? null
  return words !== null && Buffer.from(words).equals(password!) ? words : null
}

/** Facts of a vault and of its passwords. `now`: seconds since 1970. `sites`: what is known of the sites' second factors. */
export const judgeVault = async (
  vault: Vault,
  path: string,
  credentials: Credentials,
  { guesses, leaked, offers }: Asked,
  sites: VaultFacts['sites'],
  now: number,
): Promise<{ readonly passwords: readonly PasswordFacts[]; readonly vault: VaultFacts }> => {
  const { live, expired, ...left } = entriesOf(vault, now)
  // a reference is no use of its own, and what it leads to is counted where it stands
  const own = wordsOf(credentials)
  const counted = live.flatMap((entry, at) => (entry.refers ? [] : [{ at, password: entry.password }]))
  const uses = usesOf([...counted.map(({ password }) => password), ...(own === null ? [] : [own])])
  const usesAt = new Map(counted.map(({ at }, number) => [at, uses[number]!]))
  const keysOf = (numbers: readonly number[] = []): string[] =>
    numbers.flatMap(number => live[counted[number]?.at ?? -1]?.key ?? [])
  const sought = new Set([
    ...live.filter(({ broken }) => !broken).map(({ password }) => password),
    ...(own ? [own] : []),
  ])
  const leaks = await answersFor(sought, leaked)
  const facts = (entry: Entry, at: number): PasswordFacts => {
    const { key, title, user, hosts, password, broken, excluded, secondFactor, changed } = entry
    const use: Uses | undefined = usesAt.get(at)
    return {
      key,
      title,
      user,
      hosts,
      guesses: broken || excluded ? null : guesses(password, [title, user, ...hosts]),
      leaked: broken ? null : (leaks.get(password) ?? null),
      sameAs: keysOf(use?.same),
      nearlyAs: keysOf(use?.near),
      changed,
      secondFactor,
      offers: offers(hosts),
    }
  }
  const use = own === null ? undefined : uses.at(-1)
  const { kdf, header } = vault
  return {
    passwords: live.map(facts),
    vault: {
      path: printableLine(path),
      format: `${header.major}.${header.minor}`,
      kdf: kdf.kind,
      rounds: kdf.rounds,
      memoryKiB: kdf.kind === 'aes-kdf' ? 0 : kdf.memoryKiB,
      lanes: kdf.kind === 'aes-kdf' ? 0 : kdf.lanes,
      keyFile: credentials.keyFile !== null,
      judged: live.length,
      own: credentials.password && {
        guesses: own === null ? null : guesses(own, []),
        leaked: own === null ? null : (leaks.get(own) ?? null),
        sameAs: keysOf(use?.same),
        nearlyAs: keysOf(use?.near),
      },
      sites,
      leftOut: {
        ...left,
        expired,
        excluded: live.filter(({ excluded }) => excluded).length,
        broken: live.filter(({ broken }) => broken).length,
      },
    },
  }
}
