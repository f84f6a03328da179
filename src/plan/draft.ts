import type { Change, Choices, FileChange, SettingChange, Stage } from '../model/change.js'
import { isDropIn, mainFile, type Place, placeOf, told } from '../model/drop-in.js'
import type { ConfigFile, SectionName, SeenSections } from '../model/facts.js'
import type { FileItem, Item, LeftOpen, Step } from '../model/plan.js'
import type { Problem, Rule, RuleId } from '../model/rule.js'
import { type Text, text } from '../model/text.js'

/** A rule that failed, and what it found. */
export interface Wanted {
  readonly rule: Rule
  readonly problems: readonly Problem[]
}

export interface Draft {
  readonly steps: readonly Step[]
  readonly items: readonly Item[]
  readonly leftOpen: readonly LeftOpen[]
}

/** Two rules that want different things of one place: a mistake in the rules, named. */
export class Conflict extends Error {}

const header =
  '# Written by Riegel (@ID@). To take it back: riegel undo, or on the server: sh /var/lib/riegel/@ID@/undo.sh\n'

interface Setting {
  readonly keyword: string
  readonly values: readonly string[]
  readonly matchAll: boolean
  /** for whom alone, e.g. `User backup`; empty = for everybody */
  readonly match: string
}

/** What an earlier run wrote into the drop-in; its lines are kept unless they are set anew. */
const earlier = (file: ConfigFile | undefined): Setting[] => {
  const found: Setting[] = []
  let matchAll = false
  let match = ''
  for (const line of file?.lines ?? []) {
    const words = /^\s*([A-Za-z]+)[\s=]+(.*\S)\s*$/.exec(line)
    if (!words) continue
    const [, keyword = '', value = ''] = words
    if (/^match$/i.test(keyword)) {
      matchAll = /^all$/i.test(value)
      match = matchAll ? '' : value
    } else {
      const at = found.findIndex(s => s.keyword === keyword && s.match === match)
      const one = found[at]
      // what stands after Match all stands before it too
      if (one) found[at] = matchAll ? { ...one, matchAll } : { ...one, values: [...one.values, value] }
      else found.push({ keyword, values: [value], matchAll, match })
    }
  }
  return found
}

const render = (all: readonly Setting[]): string => {
  const settings = all.filter(s => s.values.length > 0)
  const lines = (some: readonly Setting[], indent: string) =>
    some.flatMap(s => s.values.map(value => `${indent}${s.keyword} ${value}\n`)).join('')
  const always = settings.filter(s => s.matchAll)
  const everybody = settings.filter(s => s.match === '')
  const some = [...new Set(settings.map(s => s.match))].filter(match => match !== '')
  const blocks = some.map(
    match =>
      `Match ${match}\n${lines(
        settings.filter(s => s.match === match),
        '  ',
      )}`,
  )
  return `${header}${lines(everybody, '')}${blocks.join('')}${always.length === 0 ? '' : `# a Match elsewhere says otherwise: only this wins over it\nMatch all\n${lines(always, '  ')}`}`
}

/**
 * Is the drop-in what Riegel writes? Its lines are read back and written anew: a Match of somebody's own or a line out
 * of place would get another meaning or be lost.
 */
export const isOurs = (file: ConfigFile): boolean => {
  if (file.lines.every(line => line.trim() === '')) return true
  const [first = '', ...rest] = file.lines
  const [, ...wanted] = render(earlier(file)).split('\n')
  const trimmed = (lines: readonly string[]) => lines.join('\n').trimEnd()
  return first.startsWith('# Written by Riegel ') && trimmed(rest) === trimmed(wanted)
}

const asked = (changes: readonly SettingChange[], stage: Stage): Setting[] => {
  const merged = new Map<string, Setting>()
  for (const change of changes.filter(c => c.stage === stage)) {
    const match = change.match ?? ''
    const name = `${match} ${change.keyword}`
    const before = merged.get(name)
    if (before && before.values.join('\n') !== change.values.join('\n'))
      throw new Conflict(`two values for ${change.keyword}: ${before.values} and ${change.values}`)
    merged.set(name, {
      keyword: change.keyword,
      values: change.values,
      matchAll: change.matchAll === true || before?.matchAll === true,
      match,
    })
  }
  return [...merged.values()]
}

const override = (base: readonly Setting[], more: readonly Setting[]): Setting[] => [
  ...base.filter(s => !more.some(m => m.keyword.toLowerCase() === s.keyword.toLowerCase() && m.match === s.match)),
  ...more,
]

/** Settings of all rules as one file: what opens is in it first, what closes only in its second form. */
const dropInItem = (
  changes: readonly SettingChange[],
  files: readonly ConfigFile[],
  { path }: Place,
): FileItem | null => {
  if (changes.length === 0) return null
  const base = earlier(files.find(file => file.path === path))
  const open = asked(changes, 'open')
  const close = asked(changes, 'close')
  const opened = override(base, open)
  return {
    kind: 'file',
    path,
    mode: 0o600,
    effect: 'sshd',
    stages: {
      ...(open.length > 0 && { open: render(opened) }),
      ...(close.length > 0 && { close: render(override(opened, close)) }),
    },
  }
}

/**
 * Lines that add up instead of being overridden are commented out, all of a file at once. `tell`: sshd_config also has to
 * be told where the settings stand, from the first stage in which there are any.
 */
const lineItems = (changes: readonly Change[], files: readonly ConfigFile[], tell: Stage | null): FileItem[] => {
  const lines = changes.flatMap(change => (change.kind === 'line' ? [change] : []))
  const named = [...lines.map(line => line.path), ...(tell === null ? [] : [mainFile])]
  const paths = [...new Set(named)].filter(path => !isDropIn(path))
  return paths.map(path => {
    const file = files.find(f => f.path === path)
    if (!file) throw new Conflict(`${path} was not seen`)
    const gone = new Set(lines.filter(line => line.path === path).map(line => line.line))
    // the look ends a file with an empty line of its own
    const kept = file.lines.at(-1) === '' ? file.lines.slice(0, -1) : file.lines
    const put = (words: readonly string[]) => {
      const content = `${words.join('\n')}\n`
      return tell !== null && path === mainFile ? told(content) : content
    }
    const close = put(kept.map(line => (gone.has(line) ? `#riegel ${line}` : line)))
    const stages = tell === 'open' && path === mainFile ? { open: put(kept), close } : { close }
    return { kind: 'file', path, mode: file.mode, effect: 'sshd', stages }
  })
}

const fileItems = (changes: readonly FileChange[]): FileItem[] => {
  const merged = new Map<string, FileItem>()
  for (const change of changes) {
    const before = merged.get(change.path)
    const other = before?.stages[change.stage]
    if (other !== undefined && other !== change.content) throw new Conflict(`two contents for ${change.path}`)
    merged.set(change.path, {
      kind: 'file',
      path: change.path,
      mode: change.mode,
      effect: change.effect ?? before?.effect ?? 'none',
      ...(change.check && { check: change.check }),
      stages: { ...before?.stages, [change.stage]: change.content },
    })
  }
  return [...merged.values()]
}

/** The order in which things are done within a stage; undo runs it backwards. */
const places: Readonly<Record<Exclude<Item['kind'], 'file'>, number>> = {
  'account-create': 0,
  'account-keys': 10,
  'account-password': 20,
  'second-factor': 22,
  firewall: 30,
  mode: 40,
  'account-lock': 50,
  package: 60,
  service: 70,
}

const order = (item: Item): number => {
  if (item.kind !== 'file') return places[item.kind]
  if ('after' in item.stages) return 65
  return item.path.startsWith('/etc/sudoers.d/')
    ? 25
    : item.effect === 'sshd' || item.effect === 'ssh-socket'
      ? 45
      : item.effect === 'nftables'
        ? 29
        : 44
}

const others = (changes: readonly Change[]): Item[] => {
  const seen = new Map<string, Item>()
  for (const change of changes) {
    if (change.kind === 'setting' || change.kind === 'line' || change.kind === 'file') continue
    seen.set(JSON.stringify(change), change)
  }
  return [...seen.values()]
}

/**
 * Changes, merged: every file once, everything else once, in the order of work. Throws Conflict. `place`: where sshd's
 * settings go, if that is known already.
 */
export const merge = (changes: readonly Change[], files: readonly ConfigFile[], place = placeOf(files)): Item[] => {
  const settings = changes.flatMap(change => (change.kind === 'setting' ? [change] : []))
  const whole = changes.flatMap(change => (change.kind === 'file' ? [change] : []))
  const first = dropInItem(settings, files, place)
  const tell = first && place.tell ? (first.stages.open === undefined ? 'close' : 'open') : null
  const items = [...others(changes), ...fileItems(whole), ...(first ? [first] : []), ...lineItems(changes, files, tell)]
  return items
    .map((item, at) => [item, at] as const)
    .sort(([a, i], [b, j]) => order(a) - order(b) || i - j)
    .map(([item]) => item)
}

/** Whom it locks a plan says by name: it may be the operator. */
const saysOf = (change: Change, does: Text): Text =>
  change.kind === 'account-lock' ? text(`${does.de}: ${change.name}`, `${does.en}: ${change.name}`) : does

/**
 * Findings and choices to steps and items. Pure. `also` are changes that no single rule asks for (the account, the
 * door of a firewall, cloud-init's word). A fix that refuses leaves its rule open, with the reason.
 */
export const draft = (
  wanted: readonly Wanted[],
  sections: SeenSections<SectionName>,
  choices: Choices,
  also: readonly { readonly change: Change; readonly rules: readonly RuleId[]; readonly says: Text }[],
): Draft => {
  const steps: Step[] = [...also]
  const leftOpen: LeftOpen[] = []
  for (const { rule, problems } of wanted) {
    if (!rule.fix) {
      leftOpen.push({
        rule: rule.id,
        because: text('von Hand', 'by hand'),
      })
      continue
    }
    const fixed = rule.fix(sections, problems, choices)
    if ('refuse' in fixed) {
      leftOpen.push({ rule: rule.id, because: fixed.refuse })
      continue
    }
    if ('leaves' in fixed) leftOpen.push({ rule: rule.id, because: fixed.because, keys: fixed.leaves })
    for (const change of 'leaves' in fixed ? fixed.changes : fixed)
      steps.push({ change, rules: [rule.id], says: saysOf(change, rule.does) })
  }
  return {
    steps,
    items: merge(
      steps.map(step => step.change),
      sections.sshd.files,
    ),
    leftOpen,
  }
}
