import type { Finding, Report, Subject } from '../model/report.js'
import { printableLine } from '../model/shell.js'
import type { Lang, Text } from '../model/text.js'
import { basicLines } from './basics.js'
import { findingLines, notApplicableLines, passLines, unknownLines } from './findings.js'
import { blocks, columns, fit, type Layout, moment, seconds, style, toCopy, wrap } from './layout.js'
import { findingsOf, hostOf, isLocal, systemName } from './words.js'

/** The commands a person is sent on with, as they would have to type them. */
export interface Commands {
  /** e.g. `riegel harden root@203.0.113.5`; null where that cannot be done from here */
  readonly harden: string | null
  /** e.g. `riegel second-factor mail`, where nothing is left but that */
  readonly secondFactor?: string
  /** the same look again; default `riegel audit NAME` */
  readonly audit?: string
  /** what a rule's id is put behind; default `riegel explain` */
  readonly explain?: string
}

export interface TerminalOptions extends Layout {
  readonly verbose: boolean
  readonly command: Commands
  /** IANA name; default: the reader's own */
  readonly zone?: string
  /** why the look was not root's, e.g. "sudo abgelehnt" */
  readonly withoutRoot?: Text
  /** default: a server */
  readonly subject?: Subject
  /** about something that is no server: what its heading says, what was looked at, and its own last words */
  readonly own?: {
    readonly heading: Text
    readonly rows: readonly (readonly [name: string, words: string])[]
    readonly more?: { readonly title: Text; readonly rows: readonly (readonly [name: string, words: string])[] }
    readonly last: Text
    readonly command: string | null
  }
}

const called = (report: Report, lang: Lang, subject: Subject): string => {
  if (subject === 'passwords') return lang === 'de' ? 'Passwort' : 'password'
  if (subject === 'vault') return report.target.name
  return isLocal(report) ? (lang === 'de' ? 'dieser Rechner' : 'this machine') : hostOf(report.target.name)
}

const head = (
  report: Report,
  lang: Lang,
  zone: string | undefined,
  subject: Subject,
  own: Text | undefined,
): string => {
  const { target, lookedAs } = report
  const host = called(report, lang, subject)
  const who = lookedAs.account === '' ? '' : `${lang === 'de' ? 'als' : 'as'} ${lookedAs.account}`
  return [
    ...(own ? [own[lang]] : [host, systemName(target.os, target.osVersion), who]),
    moment(report.takenAt, lang, zone),
    seconds(report.durationMs, lang),
  ]
    .filter(part => part !== '')
    .map(printableLine)
    .join(' · ')
}

const notRoot = (why: Text | undefined, lang: Lang): string => {
  const reason = why ? ` (${printableLine(why[lang])})` : ''
  return lang === 'de' ? `Hinweis: ohne root angesehen${reason}.` : `Note: looked at without root${reason}.`
}

const noteLines = ({ notes = [] }: Report, lang: Lang, { width }: Layout): string[] =>
  notes.length === 0
    ? []
    : [lang === 'de' ? 'Außerdem:' : 'Besides:', ...notes.flatMap(note => wrap(printableLine(note[lang]), width, '  '))]

/** The same where it was a password or a vault: nothing can be repaired from here. */
const nextOwn = (report: Report, lang: Lang, options: TerminalOptions): string[] => {
  const say = (de: string, en: string) => (lang === 'de' ? de : en)
  const explain = options.command.explain ?? 'riegel explain'
  const unclear = report.findings.find(finding => finding.verdict === 'unknown')
  const neither = say('Unklar heißt weder gut noch schlecht.', 'Unknown means neither good nor bad.')
  const end = (words: readonly string[], last: string, to: string) => [
    ...[...words, last].flatMap(sentence => wrap(sentence, options.width)),
    toCopy(printableLine(to)),
  ]
  const [worst] = findingsOf(report)
  if (worst && options.subject === 'vault')
    return end(
      [
        say('Geändert wurde nichts.', 'Nothing was changed.') +
          (options.verbose ? '' : say(' Alle Befunde: --verbose.', ' All findings: --verbose.')),
        ...(unclear ? [neither] : []),
      ],
      say('Von Hand, das Wichtigste zuerst:', 'By hand, the worst first:'),
      `${explain} ${worst.rule}`,
    )
  if (worst)
    return end(
      [say(`Warum: ${explain} REGEL`, `Why: ${explain} RULE`), ...(unclear ? [neither] : [])],
      say('Überall ersetzen, wo es gilt. Ein neues machen:', 'Replace it wherever it is used. To make a new one:'),
      'riegel password',
    )
  if (unclear)
    return end([], say(`${neither} Worum es geht:`, `${neither} What it is about:`), `${explain} ${unclear.rule}`)
  const today = say(
    'Kein Befund. Das gilt für heute: Leaks kommen hinzu.',
    'No findings. That holds for today: leaks go on.',
  )
  if (options.subject === 'vault')
    return end([today], say('In ein paar Monaten noch einmal:', 'In a few months, again:'), options.command.audit ?? '')
  return end(
    [today],
    say('Jedes Passwort nur einmal verwenden. Für das nächste:', 'Use every password only once. For the next one:'),
    'riegel password',
  )
}

/** The last words: what to do now, one command at the end. */
const nextStep = (report: Report, lang: Lang, options: TerminalOptions): string[] => {
  const { command, verbose, width } = options
  const say = (de: string, en: string) => (lang === 'de' ? de : en)
  const local = isLocal(report)
  const explain = command.explain ?? 'riegel explain'
  const audit = command.audit ?? (local ? 'riegel audit' : `riegel audit ${report.target.name}`)
  const findings = findingsOf(report)
  const [worst] = findings
  const unclear = report.findings.filter(finding => finding.verdict === 'unknown')
  const intro = [
    say('Geändert wurde nichts.', 'Nothing was changed.'),
    ...(verbose ? [] : [say('Alle Befunde: --verbose.', 'All findings: --verbose.')]),
    say(`Warum: ${explain} REGEL`, `Why: ${explain} RULE`),
  ].join(' ')
  const neither = say('Unklar heißt weder gut noch schlecht.', 'Unknown means neither good nor bad.')
  const end = (words: readonly string[], last: string, to: string, note = '') => [
    ...words.flatMap(sentence => wrap(sentence, width)),
    ...wrap(last, width),
    toCopy(printableLine(to)) + note,
  ]

  if (unclear.length > 0 && !report.lookedAs.root)
    return end(
      worst ? [intro] : [],
      say(`${neither} Alles sehen:`, `${neither} To see all of it:`),
      local ? `sudo ${audit}` : audit,
      local ? '' : say('          (fragt nach dem sudo-Passwort)', '          (asks for the sudo password)'),
    )
  const before = unclear.length > 0 ? [neither] : []
  const own = (finding: Finding) => finding.rule === 'second-factor/ssh'
  const fixable = findings.some(finding => finding.fixable && !own(finding))
  if (worst && fixable && command.harden !== null && !local)
    return end([intro, ...before], say('Weiter mit:', 'Next:'), command.harden)
  if (worst && !fixable && findings.some(own) && command.secondFactor !== undefined && !local)
    return end([intro, ...before], say('Weiter mit:', 'Next:'), command.secondFactor)
  const fromElsewhere = say(
    'Absichern geht bisher nur von einem anderen Rechner aus: riegel harden NAME@SERVER',
    'Hardening works only from another machine so far: riegel harden USER@HOST',
  )
  if (worst)
    return end(
      [intro, ...before, ...(fixable && local ? [fromElsewhere] : [])],
      findings.length === 1
        ? say('Von Hand:', 'By hand:')
        : say('Von Hand, das Wichtigste zuerst:', 'By hand, the worst first:'),
      `${explain} ${worst.rule}`,
    )
  const [first] = unclear
  if (first)
    return end(
      [say('Verletzt ist nichts von dem, was sich ansehen ließ.', 'Nothing that could be looked at failed.')],
      say(`${neither} Worum es geht:`, `${neither} What it is about:`),
      `${explain} ${first.rule}`,
    )
  const seen = verbose
    ? say(
        'Kein Befund. Das gilt für das, was hier steht, und für heute.',
        'No findings. That holds for what stands here, and for today.',
      )
    : say(
        'Kein Befund. Das gilt für das, was angesehen wurde (--verbose), und für heute.',
        'No findings. That holds for what was looked at (--verbose), and for today.',
      )
  return end(
    [seen],
    say(
      'Geändert wurde nichts. Nach der nächsten Änderung am Server noch einmal:',
      'Nothing was changed. After the next change to the server, again:',
    ),
    audit,
  )
}

/** The first screen answers three questions: how do I stand, what is worst, what do I do now. */
export const terminal = (report: Report, lang: Lang, options: TerminalOptions): string => {
  const layout: Layout = { width: fit(options.width), color: options.color }
  const { own, subject = 'server' } = options
  const next = subject === 'server' ? nextStep : nextOwn
  return blocks(
    own || report.lookedAs.root || subject !== 'server' ? [] : [notRoot(options.withoutRoot, lang)],
    [style(options.color).bold(head(report, lang, options.zone, subject, own?.heading))],
    own ? columns(own.rows, layout.width) : [],
    basicLines(report, lang, layout, subject),
    ...findingLines(report, lang, layout, options.verbose),
    unknownLines(report, lang, layout),
    noteLines(report, lang, layout),
    ...(options.verbose ? [notApplicableLines(report, lang, layout), passLines(report, lang, layout)] : []),
    own?.more ? [own.more.title[lang], ...columns(own.more.rows, layout.width)] : [],
    own
      ? [...wrap(own.last[lang], layout.width), ...(own.command === null ? [] : [toCopy(printableLine(own.command))])]
      : next(report, lang, { ...options, ...layout }),
  )
}
