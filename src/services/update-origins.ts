import type { SystemFacts, UpdateFacts } from '../model/facts.js'
import { matchesPattern } from '../model/logins.js'

type Fields = Readonly<Record<string, readonly string[]>>

/**
 * What the Release file of each distribution's security archive says of itself, where its own lists do not tell;
 * `CODENAME` is filled in. Up to Debian 10 the archive had the names of the release itself.
 */
const archiveOf = ({ os, osVersion, codename }: SystemFacts): Fields | null => {
  if (os === 'ubuntu')
    return { origin: ['Ubuntu'], label: ['Ubuntu'], codename: [codename], archive: [`${codename}-security`] }
  if (os !== 'debian') return null
  const suites = ['stable', 'oldstable', 'oldoldstable']
  return {
    origin: ['Debian'],
    label: ['Debian-Security'],
    ...(osVersion !== '' && Number(osVersion) <= 10
      ? { codename: [codename], archive: suites }
      : { codename: [`${codename}-security`], archive: suites.map(suite => `${suite}-security`) }),
  }
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
 * fields it does not judge (site, component) are taken as matching. Null where it cannot be told: an unknown
 * distribution, or a suite whose name moves on with each release, without a list that says which one is in use.
 */
export const coversSecurity = (
  patterns: readonly string[],
  system: SystemFacts,
  archives: UpdateFacts['archives'],
): boolean | null => {
  if (patterns.length === 0) return false
  const listed = (archives ?? []).map(
    (archive): Fields => Object.fromEntries(Object.entries(archive).map(([name, value]) => [name, [value]])),
  )
  const guessed = archiveOf(system)
  const known = listed.length > 0 ? listed : guessed ? [guessed] : []
  const name = { debian: 'Debian', ubuntu: 'Ubuntu' }[system.os]
  const answers = patterns.flatMap(written => {
    const pattern = written
      .replaceAll('${distro_id}', name ?? '${distro_id}')
      .replaceAll('${distro_codename}', system.codename)
    const parts = pattern.includes('=')
      ? pattern.split(',').map(part => part.trim().split('='))
      : pattern.split(':').map((word, at) => [at === 0 ? 'origin' : 'archive', word])
    return known.map(archive => {
      const matches = parts.every(([field = '', glob = '']) => {
        const values = archive[fields[field] ?? field]
        return !values || values.some(word => matchesPattern(word, glob.trim()))
      })
      if (!matches) return pattern.includes('${') ? null : false
      const moves = parts.some(([field = '']) => (fields[field] ?? field) === 'archive')
      return archive === guessed && system.os === 'debian' && moves ? null : matches
    })
  })
  if (answers.includes(true)) return true
  return known.length === 0 || answers.includes(null) ? null : false
}

/** The pattern to add where none fits. */
export const securityOrigin = (system: SystemFacts): string | null =>
  system.os === 'debian'
    ? 'origin=Debian,codename=${distro_codename}-security,label=Debian-Security'
    : system.os === 'ubuntu'
      ? 'origin=Ubuntu,archive=${distro_codename}-security,label=Ubuntu'
      : null
