// Where Debian packages come from: the mirror this machine's own apt uses. No host name is written here.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { executeSync } from './tools.js'

export interface Mirrors {
  main: string
  security: string
}

interface Entry {
  uri: string
  suite: string
}

/** Reads both spellings of apt's sources: one-line (`.list`) and stanzas (`.sources`). */
export function parseSources(text: string, stanzas: boolean): Entry[] {
  if (!stanzas) {
    return text.split('\n').flatMap(line => {
      const [, uri, suite] = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/.exec(line) ?? []
      return uri !== undefined && suite !== undefined ? [{ uri, suite }] : []
    })
  }
  return text.split(/\n\s*\n/).flatMap(stanza => {
    const lines = stanza.split('\n').filter(line => !line.startsWith('#'))
    const words = (field: string) =>
      lines
        .filter(line => line.toLowerCase().startsWith(`${field}:`))
        .flatMap(line => line.slice(field.length + 1).split(/\s+/))
        .filter(word => word !== '')
    if (!words('types').includes('deb') || words('enabled').includes('no')) return []
    return words('uris').flatMap(uri => words('suites').map(suite => ({ uri, suite })))
  })
}

function entries(): Entry[] {
  const folder = '/etc/apt/sources.list.d'
  const names = existsSync(folder) ? readdirSync(folder).map(name => `${folder}/${name}`) : []
  return ['/etc/apt/sources.list', ...names]
    .filter(name => /\.(list|sources)$/.test(name) && existsSync(name))
    .flatMap(name => parseSources(readFileSync(name, 'utf8'), name.endsWith('.sources')))
}

/** The mirror of the Debian archive and that of its security updates. */
export function mirrors(): Mirrors {
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'stable'
  const all = entries()
  const main = all.find(entry => entry.suite === codename || entry.suite === `${codename}-updates`)
  const security = all.find(entry => /-security$|\/updates$/.test(entry.suite))
  if (main === undefined) throw new Error(`apt's sources on this machine name no mirror for ${codename}`)
  return { main: main.uri, security: security?.uri ?? main.uri }
}

/** The proxy settings of this machine's apt, as options for another apt. */
export function proxyOptions(): string[] {
  return executeSync(['apt-config', 'dump', '--no-empty'])
    .stdout.split('\n')
    .filter(line => /^Acquire::https?::proxy/i.test(line))
}
