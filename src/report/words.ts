import type { BasicState, Finding, Report } from '../model/report.js'
import { type Severity, severities } from '../model/rule.js'
import { printableLine } from '../model/shell.js'
import { type Lang, type Text, text } from '../model/text.js'
import type { Paint, Style } from './layout.js'

/** One word per thing, everywhere (screens.md 10). */
export const stateWords: Readonly<Record<BasicState['state'], Text>> = {
  met: text('erfüllt', 'met'),
  unmet: text('offen', 'open'),
  unknown: text('unklar', 'unknown'),
}

export const severityWords: Readonly<Record<Severity, Text>> = {
  critical: text('kritisch', 'critical'),
  high: text('hoch', 'high'),
  medium: text('mittel', 'medium'),
  low: text('niedrig', 'low'),
}

export const stateColor = (state: BasicState['state'], { green, red, yellow }: Style): Paint =>
  ({ met: green, unmet: red, unknown: yellow })[state]

export const severityColor = (severity: Severity, { bold, dim, red, yellow }: Style): Paint =>
  ({ critical: (words: string) => bold(red(words)), high: red, medium: yellow, low: dim })[severity]

/** Width of the first column: the longest of these words, in either language. */
export const stateColumn = 8

const systems: Readonly<Record<string, string>> = {
  debian: 'Debian',
  ubuntu: 'Ubuntu',
  fedora: 'Fedora',
  rhel: 'RHEL',
  rocky: 'Rocky Linux',
  almalinux: 'AlmaLinux',
  centos: 'CentOS',
  raspbian: 'Raspbian',
  arch: 'Arch Linux',
  alpine: 'Alpine',
}

export const systemName = (os: string, version: string): string => `${systems[os] ?? os} ${version}`.trim()

export const isLocal = (report: Report): boolean => report.target.name === 'localhost'

/** `root@203.0.113.5`, `ssh://root@203.0.113.5:22` -> `203.0.113.5`; an alias stays what it is. */
export const hostOf = (target: string): string => {
  const url = /^ssh:\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(target)
  return printableLine(url ? url[1]!.replace(/^\[(.*)\]$/, '$1') : target.slice(target.lastIndexOf('@') + 1))
}

/** `1 Regel`, `3 Regeln` */
export const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`

/** Findings: what failed, worst first, in the order of the rules where equally bad. */
export const findingsOf = (report: Report): Finding[] =>
  report.findings
    .filter(finding => finding.verdict === 'fail')
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))

/** The first of several sentences; an abbreviation (z. B., e.g.) ends none. */
export const firstSentence = (words: string): string =>
  /^.*?[\p{L}\d)”“"]{2}[.!?](?=\s+[\p{Lu}„"])/u.exec(words)?.[0] ?? words

export const where = (place: { readonly file: string; readonly line?: number }, lang: Lang): string =>
  `${printableLine(place.file)}${place.line === undefined ? '' : `, ${lang === 'de' ? 'Zeile' : 'line'} ${place.line}`}`
