import { nothingSeen } from '../collect/script.js'
import type { Facts, PasswordFacts, VaultFacts } from '../model/facts.js'
import { seen } from '../model/facts.js'
import { version } from '../model/version.js'

/** Facts about a person's passwords instead of a server: what was found out of each, and of the vault they lie in. */
export const passwordFacts = (
  target: string,
  taken: { readonly at: Date; readonly durationMs: number },
  passwords: readonly PasswordFacts[],
  vault?: VaultFacts,
): Facts => ({
  schema: 'riegel.facts/1',
  riegel: version,
  target,
  takenAt: taken.at.toISOString(),
  durationMs: Math.round(taken.durationMs),
  sections: { ...nothingSeen(), passwords: seen(passwords), ...(vault && { vault: seen(vault) }) },
})
