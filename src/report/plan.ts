import type { Stage } from '../model/change.js'
import type { Plan, Step } from '../model/plan.js'
import type { RuleId } from '../model/rule.js'
import { isAskingForCode } from '../model/second-factor.js'
import { printableLine } from '../model/shell.js'
import type { Lang } from '../model/text.js'
import { blocks, columns, fit, type Layout, length, pad, style, wrap } from './layout.js'
import { linesText } from './lines.js'
import { hostOf } from './words.js'

export { linesText } from './lines.js'

export interface PlanOptions extends Layout {
  readonly verbose: boolean
  /** what the files hold now (null = not there); with `verbose` the plan ends with the lines */
  readonly readers?: ReadonlyMap<string, string | null>
  /** seconds after the last sign of life, default 120 */
  readonly lease?: number
  /** who can log in at the provider's console: root, or only the account of the plan */
  readonly console?: 'root' | 'account'
  /** sshd asks the account of the plan for a code already */
  readonly coded?: boolean
}

interface Row {
  readonly says: string
  readonly rules: readonly RuleId[]
}

const keyOf = (step: Step): string => `${step.rules.join(' ')}\n${step.says.en}`
const setsPort = ({ change }: Step): boolean => change.kind === 'setting' && change.keyword === 'Port'
const joined = (ports: readonly number[]): string => ports.join(', ')

/** Several changes of one rule are one sentence to a person; where a rule opens and closes, each has its own. */
const sentence = (plan: Plan, stage: Stage, group: readonly Step[], moves: ReadonlySet<string>, lang: Lang): string => {
  const [first] = group
  if (!first) return ''
  const { before, after } = plan.ports
  if (moves.has(keyOf(first)) && stage !== 'after') {
    const added = joined(after.filter(port => !before.includes(port)))
    const gone = before.filter(port => !after.includes(port))
    if (stage === 'open' && added !== '')
      return lang === 'de'
        ? `SSH auf Port ${added}, zusätzlich zu ${joined(before)}`
        : `SSH on port ${added}, beside ${joined(before)}`
    if (stage === 'close' && gone.length > 0)
      return `${gone.length === 1 ? 'Port' : 'Ports'} ${joined(gone)}`.replace(/^P/, lang === 'de' ? 'P' : 'p')
  }
  const { accounts: factored = [], by } = plan.choices.secondFactor ?? {}
  if (stage === 'open' && factored.length > 0 && group.some(({ rules }) => rules.includes('second-factor/ssh'))) {
    const names = printableLine(factored.join(', '))
    if (by === 'security-key')
      return lang === 'de' ? `Sicherheitsschlüssel für ${names}` : `a security key for ${names}`
    return lang === 'de' ? `Code für ${names}, neben dem Schlüssel` : `a code for ${names}, beside the key`
  }
  const name = printableLine(plan.choices.account.name)
  if (!group.some(({ rules }) => rules.includes('root/no-ordinary-admin'))) return printableLine(first.says[lang])
  if (stage === 'open')
    return lang === 'de' ? `Konto ${name} mit deinem Schlüssel und sudo` : `account ${name} with your key and sudo`
  if (stage === 'close')
    return lang === 'de' ? `sudo fragt ${name} nach dem Passwort` : `sudo asks ${name} for the password`
  return printableLine(first.says[lang])
}

const rowsOf = (plan: Plan, stage: Stage, lang: Lang): Row[] => {
  const moves = new Set(plan.steps.filter(setsPort).map(keyOf))
  const groups = new Map<string, Step[]>()
  for (const step of plan.steps.filter(({ change }) => change.stage === stage))
    groups.set(keyOf(step), [...(groups.get(keyOf(step)) ?? []), step])
  const rows = new Map<string, Set<RuleId>>()
  for (const group of groups.values()) {
    const says = sentence(plan, stage, group, moves, lang)
    rows.set(says, new Set([...(rows.get(says) ?? []), ...group.flatMap(step => step.rules)]))
  }
  return [...rows].map(([says, rules]) => ({ says, rules: [...rules] }))
}

/** The doors everybody knows come first, so that none of them hides among the smaller ones. */
const doors: readonly RuleId[] = [
  'root/no-ordinary-admin',
  'root/ssh-login',
  'keys/password-login',
  'keys/keyboard-interactive-password',
  'ports/ssh-default-port',
]
const rank = ({ rules }: Row): number => {
  const at = doors.findIndex(door => rules.includes(door))
  return at < 0 ? doors.length : at
}

const ranked = (rows: readonly Row[]): Row[] => [...rows].sort((a, b) => rank(a) - rank(b))

/** Text on the left, rules in a column of their own, one below the other. */
const table = (rows: readonly Row[], left: number, { color }: Layout): string[] =>
  rows.flatMap(({ says, rules }) => {
    const lines = wrap(says, left)
    return Array.from({ length: Math.max(lines.length, rules.length) }, (_, at) => {
      const rule = rules[at]
      const line = `    ${rule === undefined ? (lines[at] ?? '') : pad(lines[at] ?? '', left)}`
      return rule === undefined ? line : `${line}   ${style(color).dim(rule)}`
    })
  })

const cut = (rows: readonly Row[], verbose: boolean, lang: Lang): { shown: readonly Row[]; rest: string[] } => {
  // one line that says "and 1 more" is as long as the line it hides
  if (verbose || rows.length <= 5) return { shown: rows, rest: [] }
  const more = rows.length - 4
  return {
    shown: rows.slice(0, 4),
    rest: [lang === 'de' ? `    und ${more} kleinere (--verbose)` : `    and ${more} smaller ones (--verbose)`],
  }
}

const proof = (plan: Plan, lang: Lang, width: number, asked: boolean): string[] => {
  const port = plan.choices.newPort === 'keep' ? plan.ports.after[0] : plan.choices.newPort
  const name = printableLine(plan.choices.account.name)
  const { accounts = [], by } = plan.choices.secondFactor ?? {}
  const coded = asked || accounts.length > 0 || plan.steps.some(({ change }) => isAskingForCode(change))
  const [key, keyEn] =
    by === 'security-key'
      ? ['Sicherheitsschlüssel mit PIN', 'security key with its PIN']
      : coded
        ? ['Schlüssel und Code', 'key and code']
        : ['Schlüssel', 'key']
  const [how, otherwise] =
    lang === 'de'
      ? [
          `Riegel meldet sich von hier neu an: ${name}, ${key}, Port ${port}, und wird root.`,
          'Gelingt das nicht, wird alles zurückgenommen.',
        ]
      : [
          `Riegel logs in afresh from here: ${name}, ${keyEn}, port ${port}, and becomes root.`,
          'If that fails, all is taken back.',
        ]
  const touches =
    lang === 'de' ? 'Den Sicherheitsschlüssel berührst du dabei zweimal.' : 'You touch the security key twice for that.'
  return [how, ...(by === 'security-key' ? [touches] : []), otherwise].flatMap(line => wrap(line, width, '    '))
}

/** Who goes on without a second factor, where one is set up: nobody else does. */
const without = ({ choices: { secondFactor } }: Plan, lang: Lang): string[] => {
  if (!secondFactor?.accounts.length) return []
  const names = printableLine(secondFactor.except.join(', '))
  if (names === '')
    return [lang === 'de' ? 'Ohne zweiten Faktor bleibt: kein Konto.' : 'Without a second factor stays: no account.']
  return [lang === 'de' ? `Ohne zweiten Faktor bleibt: ${names}.` : `Without a second factor stays: ${names}.`]
}

const stays = (plan: Plan, lang: Lang, options: PlanOptions): string => {
  const name = printableLine(plan.choices.account.name)
  const none = plan.dangers.some(({ id }) => id === 'no-console')
  if (lang === 'de') {
    const exit = none
      ? ''
      : options.console === 'root'
        ? 'root mit Passwort an der Konsole deines Anbieters (dein Notausgang); '
        : options.console === 'account'
          ? `${name} mit dem sudo-Passwort an der Konsole deines Anbieters (dein Notausgang); `
          : 'die Konsole deines Anbieters (dein Notausgang); '
    return `Bleibt: ${exit}alle Dienste.`
  }
  const exit = none
    ? ''
    : options.console === 'root'
      ? "root with password at your provider's console (your emergency exit), "
      : options.console === 'account'
        ? `${name} with the sudo password at your provider's console (your emergency exit), `
        : "your provider's console (your emergency exit), "
  return `Stays: ${exit}all services.`
}

const guard = (lease: number, lang: Lang): string => {
  const whole = lease % 60 === 0
  const number = whole ? lease / 60 : lease
  if (lang === 'de') {
    const unit = whole ? (number === 1 ? 'Minute' : 'Minuten') : 'Sekunden'
    return `Verstummt dieser Rechner, nimmt der Server nach ${number} ${unit} alles selbst zurück.`
  }
  const unit = whole ? (number === 1 ? 'minute' : 'minutes') : 'seconds'
  return `If this computer falls silent, the server takes all of it back after ${number} ${unit}.`
}

const dangerLines = (plan: Plan, lang: Lang, { width, color }: Layout): string[] =>
  plan.dangers.flatMap(({ id, text }) => {
    const allowed = plan.choices.allow.includes(id)
    const [word, how] =
      lang === 'de' ? ['Gefahr', allowed ? 'erlaubt mit' : 'nur mit'] : ['Danger', allowed ? 'allowed by' : 'only with']
    return [`  ${style(color).yellow(word)}, ${how} --allow ${id}:`, ...wrap(printableLine(text[lang]), width, '    ')]
  })

/** What will be done, in the order in which it is done; what stays; what stays open. */
export const planText = (plan: Plan, lang: Lang, options: PlanOptions): string => {
  const layout: Layout = { width: fit(options.width), color: options.color }
  const { width } = layout
  const { bold } = style(layout.color)
  const say = (de: string, en: string) => (lang === 'de' ? de : en)
  const open = ranked(rowsOf(plan, 'open', lang))
  const close = ranked(rowsOf(plan, 'close', lang))
  const after = rowsOf(plan, 'after', lang)
  const { shown, rest } = cut(close, options.verbose, lang)
  const listed = [...open, ...shown, ...(after.length > 1 ? after : [])]
  const widest = Math.max(0, ...listed.flatMap(({ rules }) => rules.map(length)))
  const left = Math.min(width - 7 - widest, Math.max(0, ...listed.map(({ says }) => length(says))))
  const opens = plan.choices.secondFactor?.accounts.length === 0
  const bolts = opens
    ? say('  Erst dann umstellen', '  Only then change')
    : say('  Erst dann verriegeln', '  Only then bolt')
  const guarded = open.length + close.length > 0
  const alone = say('Danach, jedes für sich:', 'Also, each by itself:')
  const leftOpen = plan.leftOpen.map(({ rule, because }) => [rule, printableLine(because[lang])] as const)

  return blocks(
    [bold(say(`Plan für ${hostOf(plan.target)}`, `Plan for ${hostOf(plan.target)}`))],
    [
      ...(plan.steps.length > 0 ? [] : [say('  Nichts zu ändern.', '  Nothing to change.')]),
      ...(open.length > 0 ? [say('  Zuerst öffnen', '  Open first'), ...table(open, left, layout)] : []),
      ...(guarded ? [say('  Dann beweisen', '  Then prove'), ...proof(plan, lang, width, options.coded === true)] : []),
      ...(close.length > 0 ? [bolts, ...table(shown, left, layout), ...rest] : []),
      ...(after.length === 1 ? wrap(`${alone} ${after[0]!.says}`, width, '  ', '    ') : []),
      ...(after.length > 1 ? [`  ${alone}`, ...table(after, left, layout)] : []),
    ],
    dangerLines(plan, lang, layout),
    leftOpen.length > 0 ? [say('  Bleibt offen:', '  Stays open:'), ...columns(leftOpen, width, '    ')] : [],
    guarded
      ? [
          ...without(plan, lang).flatMap(words => wrap(words, width, '  ')),
          ...wrap(stays(plan, lang, options), width, '  '),
          ...wrap(guard(options.lease ?? 120, lang), width, '  '),
        ]
      : [],
    options.verbose && options.readers ? [linesText(plan, options.readers, lang).trimEnd()] : [],
  )
}
