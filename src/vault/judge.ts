import type { PasswordFacts, VaultFacts } from '../model/facts.js'
import type { Credentials } from './credentials.js'
import { type Entry, entriesOf } from './entries.js'
import type { Vault } from './read.js'
import { type Uses, usesOf } from './reuse.js'

/** What is asked of each password; the answers come from other rooms. */
export interface Asked {
  /** the power of ten of the guesses it withstands */
  guesses(password: string, known: readonly string[]): number
  /** how often it stands in known leaks; null = not known */
  leaked(password: string): Promise<number | null>
  /** second factors that the site of these hosts offers; null = not known */
  offers(hosts: readonly string[]): readonly string[] | null
}

/** Asks once for each password: many entries may share one. */
const once = <T>(ask: (password: string) => Promise<T>): ((password: string) => Promise<T>) => {
  const answers = new Map<string, Promise<T>>()
  return password => {
    const known = answers.get(password) ?? ask(password)
    answers.set(password, known)
    return known
  }
}

/** Text as people read it; a password that is no UTF-8 can be compared to nothing. */
const wordsOf = ({ password }: Credentials): string | null => {
  const words = password?.toString('utf8') ?? null
  return words !== null && words !== '' && Buffer.from(words).equals(password!) ? words : null
}

/** Facts of a vault and of its passwords. `now`: seconds since 1970. `sites`: what is known of the sites' second factors. */
export const judgeVault = async (
  vault: Vault,
  path: string,
  credentials: Credentials,
  { guesses, offers, ...asked }: Asked,
  sites: VaultFacts['sites'],
  now: number,
): Promise<{ readonly passwords: readonly PasswordFacts[]; readonly vault: VaultFacts }> => {
  const { live, expired, ...left } = entriesOf(vault, now)
  const leaked = once(asked.leaked)
  // a reference is no use of its own, and what it leads to is counted where it stands
  const own = wordsOf(credentials)
  const counted = live.flatMap((entry, at) => (entry.refers ? [] : [{ at, password: entry.password }]))
  const uses = usesOf([...counted.map(({ password }) => password), ...(own === null ? [] : [own])])
  const usesAt = new Map(counted.map(({ at }, number) => [at, uses[number]!]))
  const keysOf = (numbers: readonly number[] = []): string[] =>
    numbers.flatMap(number => live[counted[number]?.at ?? -1]?.key ?? [])
  const facts = async (entry: Entry, at: number): Promise<PasswordFacts> => {
    const { key, title, user, hosts, password, broken, excluded, secondFactor, changed } = entry
    const use: Uses | undefined = usesAt.get(at)
    return {
      key,
      title,
      user,
      hosts,
      guesses: broken || excluded ? null : guesses(password, [title, user, ...hosts]),
      leaked: broken ? null : await leaked(password),
      sameAs: keysOf(use?.same),
      nearlyAs: keysOf(use?.near),
      changed,
      secondFactor,
      offers: offers(hosts),
    }
  }
  const passwords: PasswordFacts[] = []
  for (const [at, entry] of live.entries()) passwords.push(await facts(entry, at))
  const use = own === null ? undefined : uses.at(-1)
  const { kdf, header } = vault
  return {
    passwords,
    vault: {
      path,
      format: `${header.major}.${header.minor}`,
      kdf: kdf.kind,
      rounds: kdf.rounds,
      memoryKiB: kdf.kind === 'aes-kdf' ? 0 : kdf.memoryKiB,
      lanes: kdf.kind === 'aes-kdf' ? 0 : kdf.lanes,
      keyFile: credentials.keyFile !== null,
      judged: live.length,
      own:
        own === null
          ? null
          : {
              guesses: guesses(own, []),
              leaked: await leaked(own),
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
