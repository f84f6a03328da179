import type { SystemFacts } from '../model/facts.js'
import { matchesPattern } from '../model/logins.js'

/** What the Release file of each distribution's security archive says of itself; `CODENAME` is filled in. */
const archives: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  debian: {
    origin: ['Debian'],
    label: ['Debian-Security'],
    codename: ['CODENAME-security', 'CODENAME'],
    archive: ['stable-security', 'oldstable-security', 'oldoldstable-security', 'stable', 'oldstable', 'oldoldstable'],
  },
  ubuntu: { origin: ['Ubuntu'], label: ['Ubuntu'], codename: ['CODENAME'], archive: ['CODENAME-security'] },
}

/** unattended-upgrades' short names for the same fields. */
const fields: Readonly<Record<string, string>> = {
  o: 'origin',
  l: 'label',
  n: 'codename',
  a: 'archive',
  suite: 'archive',
}

/**
 * Does a pattern of unattended-upgrades let security updates through? `field=glob,...` or the old `Origin:archive`;
 * fields it does not judge (site, component) are taken as matching. For an unknown distribution any pattern will do.
 */
export const coversSecurity = (patterns: readonly string[], system: SystemFacts): boolean => {
  const archive = archives[system.os]
  if (!archive) return patterns.length > 0
  return patterns.some(written => {
    const pattern = written
      .replaceAll('${distro_id}', archive['origin']![0]!)
      .replaceAll('${distro_codename}', system.codename)
    const parts = pattern.includes('=')
      ? pattern.split(',').map(part => part.trim().split('='))
      : pattern.split(':').map((word, at) => [at === 0 ? 'origin' : 'archive', word])
    return parts.every(([name = '', glob = '']) => {
      const values = archive[fields[name] ?? name]
      return !values || values.some(word => matchesPattern(word.replace('CODENAME', system.codename), glob.trim()))
    })
  })
}

/** The pattern to add where none fits. */
export const securityOrigin = (system: SystemFacts): string | null =>
  system.os === 'debian'
    ? 'origin=Debian,codename=${distro_codename}-security,label=Debian-Security'
    : system.os === 'ubuntu'
      ? 'origin=Ubuntu,archive=${distro_codename}-security,label=Ubuntu'
      : null
