import { structuredPatch } from 'diff'
import type { FileItem, Item, Plan } from '../model/plan.js'
import { printable, printableLine } from '../model/shell.js'
import type { Lang } from '../model/text.js'
import { length, pad } from './layout.js'

/** What a file will hold in the end; what it holds on the way there is part of the journal, not of the decision. */
const last = ({ stages }: FileItem): string | null =>
  (['after', 'close', 'open'] as const).map(stage => stages[stage]).find(content => content !== undefined) ?? null

const octal = (mode: number): string => `0${mode.toString(8)}`

const added = (content: string): string[] =>
  content
    .replace(/\n$/, '')
    .split('\n')
    .map(line => `  + ${line}`.trimEnd())

/** Two lines around each change are enough to find it; `…` stands for what is left out. */
const changed = (before: string, after: string): string[] =>
  structuredPatch('', '', before, after, '', '', { context: 2 }).hunks.flatMap((hunk, at) => [
    ...(at === 0 ? [] : ['  …']),
    ...hunk.lines
      .filter(line => !line.startsWith('\\'))
      .map(line => `  ${line.slice(0, 1)} ${line.slice(1)}`.trimEnd()),
  ])

const fileLines = (
  item: FileItem,
  before: ReadonlyMap<string, string | null>,
  lang: Lang,
): { note: string; lines: string[] } => {
  const say = (de: string, en: string) => (lang === 'de' ? de : en)
  const old = before.get(item.path)
  const content = last(item)
  const known = typeof old === 'string' ? printable(old) : null
  if (content === null)
    return { note: say('wird beiseitegelegt', 'put aside'), lines: known === null ? [] : changed(known, '') }
  const next = printable(content)
  const owner = `root ${octal(item.mode)}`
  if (old === null) return { note: `${say('neu', 'new')}, ${owner}`, lines: added(next) }
  if (known === null)
    return {
      note: `${say('wird ersetzt, bisheriger Inhalt nicht angesehen', 'replaced, content so far not looked at')}, ${owner}`,
      lines: added(next),
    }
  return known === next
    ? { note: say('unverändert', 'unchanged'), lines: [] }
    : { note: `${say('geändert', 'changed')}, ${owner}`, lines: changed(known, next) }
}

/** What is no file: one line that names it. */
const otherLine = (item: Exclude<Item, FileItem>, lang: Lang): { name: string; note: string; lines: string[] } => {
  const say = (de: string, en: string) => (lang === 'de' ? de : en)
  const keys = (lines: readonly string[]) => lines.map(line => `  + ${printableLine(line)}`)
  const line = (name: string, note: string, lines: string[] = []) => ({ name: printableLine(name), note, lines })
  switch (item.kind) {
    case 'mode':
      return line(item.path, say(`Rechte ${octal(item.mode)}`, `mode ${octal(item.mode)}`))
    case 'account-create':
      return line(
        say(`Konto ${item.name}`, `account ${item.name}`),
        printableLine(
          [
            say('neu', 'new'),
            item.home,
            item.shell,
            item.password === 'generated'
              ? say('Passwort erzeugt Riegel', 'password made by Riegel')
              : say('kein Passwort', 'no password'),
          ].join(', '),
        ),
        keys(item.keys),
      )
    case 'account-keys':
      return line(
        item.path,
        say(`Schlüssel für ${printableLine(item.name)}`, `keys for ${printableLine(item.name)}`),
        keys(item.keys),
      )
    case 'account-password':
      return line(
        say(`Konto ${item.name}`, `account ${item.name}`),
        say('Passwort erzeugt Riegel', 'password made by Riegel'),
      )
    case 'second-factor':
      return line(
        say(`Konto ${item.name}`, `account ${item.name}`),
        say('zweiter Faktor: das Secret, das du gescannt hast', 'second factor: the secret you have scanned'),
      )
    case 'account-lock':
      return line(
        say(`Konto ${item.name}`, `account ${item.name}`),
        item.expire
          ? say('gesperrt, auch für Schlüssel', 'locked, for keys too')
          : say('Passwort gesperrt', 'password locked'),
      )
    case 'firewall':
      return line(item.manager, say(`lässt TCP ${item.port} hinein`, `lets TCP ${item.port} in`))
    case 'service':
      return line(item.unit, say('aktiviert und gestartet', 'enabled and started'))
    case 'package':
      return line(say(`Paket ${item.name}`, `package ${item.name}`), say('wird installiert', 'is installed'))
  }
}

/** Exactly what is written, file by file, in the order of work. Nothing in it is wrapped or cut. */
export const linesText = (plan: Plan, before: ReadonlyMap<string, string | null>, lang: Lang): string => {
  const entries = plan.items.map(item =>
    item.kind === 'file' ? { name: printableLine(item.path), ...fileLines(item, before, lang) } : otherLine(item, lang),
  )
  const widest = Math.max(0, ...entries.map(({ name }) => length(name)))
  return entries
    .flatMap(({ name, note, lines }) => [`  ${pad(name, widest)}   ${note}`, ...lines])
    .map(line => `${line}\n`)
    .join('')
}

/** More than this of a difference nobody reads on a terminal. */
const maxShown = 200

/** What Riegel wrote to a file, and what somebody made of it since; at most some screens of it. */
export const differenceText = (path: string, wrote: string | null, now: string | null, lang: Lang): string => {
  const say = (de: string, en: string) => (lang === 'de' ? de : en)
  const note = now === null ? say('seither gelöscht', 'removed since') : say('seither geändert', 'changed since')
  const lines = changed(printable(wrote ?? ''), printable(now ?? '')).map(line => line.slice(0, 500))
  const more = lines.length - maxShown
  const rest = more > 0 ? [say(`  … und ${more} Zeilen mehr`, `  … and ${more} more lines`)] : []
  return `${[`  ${printableLine(path)}   ${note}`, ...lines.slice(0, maxShown), ...rest].join('\n')}\n`
}
