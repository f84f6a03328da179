// node build/test/live/promise.js: writes the figures of docs/faults.json (npm run faults -- --table docs/faults.json), of
// docs/factor.json (npm run faults -- --set factor --table docs/factor.json) and of docs/beside.json (npm run beside) into both languages of docs/promise.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Row as Beside, falseSuccess, lockedOut, type Program, programs } from './beside-rows.js'

const at = (name: string) => fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url))

export interface Told {
  readonly seconds: number
  readonly rows: readonly {
    readonly suite: string
    readonly set: string
    readonly fault: string
    readonly state: string
    readonly blocked?: boolean
    readonly ended: string
    readonly delay: number
    readonly lockedOut: boolean
    readonly between: readonly string[]
    readonly falseSuccess: boolean
    readonly nextFailed: string
  }[]
}

const words = {
  en: {
    head: [
      'fault',
      'injected',
      'confirmed',
      'taken back',
      'nothing touched',
      'stuck',
      'locked out',
      'half done',
      'false success',
      'next one failed',
    ],
    all: 'all',
    sum: (n: number, suites: string, sets: number, minutes: number, slowest: number) =>
      `${n} faults on ${suites}, over ${sets === 1 ? 'one set' : `${sets} sets`} of changes, each within ${slowest} ms of its state, in ${minutes} minutes.`,
    and: ' and ',
  },
  de: {
    head: [
      'Fehler',
      'eingespielt',
      'bestätigt',
      'zurückgenommen',
      'nichts berührt',
      'stuck',
      'ausgesperrt',
      'halb fertig',
      'falscher Erfolg',
      'nächstes gescheitert',
    ],
    all: 'alle',
    sum: (n: number, suites: string, sets: number, minutes: number, slowest: number) =>
      `${n} Fehler auf ${suites}, bei ${sets === 1 ? 'einer Art' : `${sets} Arten`} von Änderungen, jeder höchstens ${slowest} ms nach seinem Zustand, in ${minutes} Minuten.`,
    and: ' und ',
  },
} as const

const german: Readonly<Record<string, string>> = {
  'client killed': 'Riegel abgeschossen (SIGKILL)',
  'client stopped': 'Riegel angehalten, bis die Frist vorbei war',
  'network cut': 'Netz getrennt',
  'port blocked': 'Port unterwegs gesperrt',
  'server rebooted': 'Server neu gestartet',
  'power cut': 'Strom weg',
  'guard fires': 'Wache nimmt mitten darin zurück',
  'second client': 'ein zweites Riegel zur selben Zeit',
  'disk full': 'Platte voll',
  '/etc read-only': '/etc schreibgeschützt',
  'client asleep': 'Riegel und sein ssh angehalten (Deckel zu)',
  'reload fails': 'sshd lädt nicht mehr neu',
  'sshd -t fails': 'fremde Datei, die sshd nicht versteht',
  'port taken on IPv4': 'neuer Port vergeben, nur auf IPv4',
  'wrong key': 'falscher Schlüssel im Konto',
  'shell gone': 'Shell des Kontos lässt niemanden ein',
  'journal unreadable': 'Protokoll auf dem Server unlesbar',
}

/** The table of one language, as Markdown. */
export const tableOf = (told: Told, lang: 'de' | 'en'): string => {
  const { rows } = told
  const { head, all, sum, and } = words[lang]
  const kinds = [...new Set(rows.map(row => row.fault))]
  const counts = (some: Told['rows']): number[] => [
    some.length,
    some.filter(row => row.ended.startsWith('confirmed')).length,
    some.filter(row => row.ended.startsWith('rolled-back')).length,
    some.filter(row => /^(staged|none)/.test(row.ended)).length,
    some.filter(row => row.ended.startsWith('stuck')).length,
    some.filter(row => row.lockedOut).length,
    some.filter(row => row.between.length > 0).length,
    some.filter(row => row.falseSuccess).length,
    some.filter(row => row.nextFailed !== '').length,
  ]
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`
  const suites = [...new Set(rows.map(row => row.suite))].join(and)
  const sets = new Set(rows.map(row => row.set)).size
  return [
    sum(rows.length, suites, sets, Math.round(told.seconds / 60), Math.max(0, ...rows.map(row => row.delay))),
    '',
    line(head),
    line(head.map((_, column) => (column === 0 ? '---' : '--:'))),
    ...kinds.map(kind =>
      line([lang === 'de' ? (german[kind] ?? kind) : kind, ...counts(rows.filter(row => row.fault === kind))]),
    ),
    line([`**${all}**`, ...counts(rows).map(count => `**${count}**`)]),
  ].join('\n')
}

const besideWords = {
  en: {
    head: ['trouble', 'the script', 'the script with a rollback', 'Riegel'],
    sum: ['locked out', 'false successes', 'left something behind'],
    of: (bad: number, all: number) => `${bad} of ${all}`,
    lockedOut: '**locked out**',
    done: 'done',
    unconfirmed: 'kept, though nobody confirmed it',
    half: '**half done**',
    remains: 'taken back, but account, key and sudo stay',
    back: 'taken back',
    false: (row: Beside) =>
      lockedOut(row) ? ', **told as success**' : '; **told as success, and passwords still get in**',
    troubles: (trouble: string) => trouble,
  },
  de: {
    head: ['Störung', 'das Skript', 'das Skript mit Rücknahme', 'Riegel'],
    sum: ['ausgesperrt', 'falsche Erfolge', 'etwas zurückgelassen'],
    of: (bad: number, all: number) => `${bad} von ${all}`,
    lockedOut: '**ausgesperrt**',
    done: 'fertig',
    unconfirmed: 'blieb so, obwohl es niemand bestätigt hat',
    half: '**halb fertig**',
    remains: 'zurückgenommen, aber Konto, Schlüssel und sudo bleiben',
    back: 'zurückgenommen',
    false: (row: Beside) =>
      lockedOut(row) ? ', **als Erfolg gemeldet**' : '; **als Erfolg gemeldet, und Passwörter gehen noch**',
    troubles: (trouble: string) =>
      ({
        none: 'keine',
        'session lost': 'Sitzung weg',
        'reboot in the window': 'Neustart vor der Bestätigung',
        'port blocked outside': 'neuer Port außen gesperrt',
        'port blocked, session lost': 'Port gesperrt und Sitzung weg',
        'port blocked, reboot': 'Port gesperrt und Neustart',
        'cloud-init drop-in': 'Datei von cloud-init',
        'Match with passwords': 'Match mit Passwort',
      })[trouble] ?? trouble,
  },
} as const

/** Side by side with the script that guides print, as Markdown. */
export const besideOf = (rows: readonly Beside[], lang: 'de' | 'en'): string => {
  const words = besideWords[lang]
  const came = (row: Beside): string => {
    if (lockedOut(row)) return words.lockedOut
    if (row.way === 'new') return row.told === 'success' ? words.done : words.unconfirmed
    if (row.left.length === 0) return words.back
    return row.left.includes('/etc/ssh/sshd_config') ? words.half : words.remains
  }
  const cell = (row: Beside): string => `${came(row)}${falseSuccess(row) ? words.false(row) : ''}`
  const of = (program: Program) => rows.filter(row => row.program === program)
  const count = (program: Program, bad: (row: Beside) => boolean, all: (row: Beside) => boolean = () => true) =>
    words.of(of(program).filter(bad).length, of(program).filter(all).length)
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const [out, told, left] = words.sum
  return [
    line(words.head),
    line(words.head.map(() => '---')),
    ...[...new Set(rows.map(row => row.trouble))].map(trouble =>
      line([
        words.troubles(trouble),
        ...programs.map(program => cell(of(program).find(row => row.trouble === trouble)!)),
      ]),
    ),
    line([`**${out}**`, ...programs.map(program => count(program, lockedOut))]),
    line([`**${told}**`, ...programs.map(program => count(program, falseSuccess, row => row.told === 'success'))]),
    line([`**${left}**`, ...programs.map(program => count(program, row => row.left.length > 0))]),
  ].join('\n')
}

/** A page with one of its tables put in. */
export const withTable = (page: string, table: string, name: 'table' | 'factor' | 'beside' = 'table'): string =>
  page.replace(
    new RegExp(`<!-- ${name} -->[\\s\\S]*<!-- /${name} -->`),
    () => `<!-- ${name} -->\n${table}\n<!-- /${name} -->`,
  )

export const told = (name: 'faults' | 'factor' = 'faults'): Told =>
  JSON.parse(readFileSync(at(`${name}.json`), 'utf8')) as Told
export const beside = (): Beside[] => JSON.parse(readFileSync(at('beside.json'), 'utf8')) as Beside[]
export const page = (lang: 'de' | 'en'): string => readFileSync(at(`promise.${lang}.md`), 'utf8')

/** The page of one language with its tables as they are now. */
export const written = (lang: 'de' | 'en'): string =>
  withTable(
    withTable(withTable(page(lang), tableOf(told(), lang)), tableOf(told('factor'), lang), 'factor'),
    besideOf(beside(), lang),
    'beside',
  )

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const lang of ['de', 'en'] as const) writeFileSync(at(`promise.${lang}.md`), written(lang))
