// node build/test/live/promise.js: writes the figures of docs/faults.json (npm run faults -- --table docs/faults.json)
// into both languages of docs/promise.

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

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
  'server rebooted': 'Server neu gestartet',
  'power cut': 'Strom weg',
  'guard fires': 'Wache nimmt mitten darin zurück',
  'second client': 'ein zweites Riegel zur selben Zeit',
  'disk full': 'Platte voll',
  '/etc read-only': '/etc schreibgeschützt',
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

const mark = /<!-- table -->[\s\S]*<!-- \/table -->/

/** A page with its table put in. */
export const withTable = (page: string, table: string): string =>
  page.replace(mark, () => `<!-- table -->\n${table}\n<!-- /table -->`)

export const told = (): Told => JSON.parse(readFileSync(at('faults.json'), 'utf8')) as Told
export const page = (lang: 'de' | 'en'): string => readFileSync(at(`promise.${lang}.md`), 'utf8')

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const lang of ['de', 'en'] as const)
    writeFileSync(at(`promise.${lang}.md`), withTable(page(lang), tableOf(told(), lang)))
