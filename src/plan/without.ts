import type { Change } from '../model/change.js'
import { isDropIn, mainFile, placeIn } from '../model/drop-in.js'
import type { ConfigFile } from '../model/facts.js'
import type { FileItem, Item, Step } from '../model/plan.js'
import type { RuleId } from '../model/rule.js'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { merge } from './draft.js'
import { mergeLines, mergeSshd } from './merge.js'

/** What one transaction did to a file: before it, as it wrote it, and as it is now; null = not there. */
export interface Kept {
  readonly before: string | null
  readonly wrote: string | null
  readonly now: string | null
}

export interface Done {
  readonly id: string
  readonly steps: readonly Pick<Step, 'change' | 'rules'>[]
  readonly files: ReadonlyMap<string, Kept>
  /** modes as they were before it, and as they are now, by path */
  readonly modes: ReadonlyMap<string, { readonly before: number; readonly now: number }>
  /** sshd's ports before and after it */
  readonly ports: { readonly before: readonly number[]; readonly after: readonly number[] }
}

export interface Without {
  /** what leads to the state without those rules; empty where it is like that already */
  readonly items: readonly Item[]
  /** sshd's ports then, where they change */
  readonly ports: readonly number[] | null
  /** what goes only with the whole transaction, and does no harm until then */
  readonly stays: readonly Text[]
}

/** A file where somebody changed a line that would have to go, or that is not what Riegel would have written. */
export interface Tangled {
  readonly tangled: string
}

const last = ({ stages }: FileItem): string | null =>
  (['after', 'close', 'open'] as const).map(stage => stages[stage]).find(content => content !== undefined) ?? null

const asFile = (path: string, content: string): ConfigFile => ({
  ...{ path, mode: 0o644, owner: 'root', group: 'root', mtime: 0, ctime: 0 },
  lines: content.split('\n'),
})

/** Why a change cannot go by itself; null = it can, or it may stay. */
const alone = (change: Change): Text | null => {
  switch (change.kind) {
    case 'account-create':
    case 'account-keys':
    case 'account-password':
      return text(`das Konto ${change.name} ist der Weg hinein`, `the account ${change.name} is the way in`)
    case 'file':
      return change.effect === 'ssh-socket' ? text('der Port gehört ssh.socket', 'the port is with ssh.socket') : null
    case 'account-lock':
      return text(`das Konto ${change.name} ist gesperrt`, `the account ${change.name} is locked`)
    default:
      return null
  }
}

const staying = (change: Change): Text | null => {
  switch (change.kind) {
    case 'package':
      return text(`Paket ${change.name}`, `package ${change.name}`)
    case 'service':
      return text(`${change.unit}, aktiviert`, `${change.unit}, enabled`)
    case 'firewall':
      return text(`${change.manager} lässt TCP ${change.port} hinein`, `${change.manager} lets TCP ${change.port} in`)
    default:
      return null
  }
}

const only = <T>(words: readonly T[]): T[] => [...new Map(words.map(word => [JSON.stringify(word), word])).values()]

/**
 * What a confirmed transaction did, without some of its rules: every file as it would have been written without them,
 * merged with what it is now. What another rule wanted too stays. Pure. Throws Conflict.
 */
export const without = (done: Done, rules: readonly RuleId[]): Without | { readonly refuse: Text } | Tangled => {
  const goes = ({ rules: wanted }: Done['steps'][number]) => wanted.every(rule => rules.includes(rule))
  const remaining = done.steps.filter(step => !goes(step)).map(step => step.change)
  const held = new Set(remaining.map(change => JSON.stringify(change)))
  const going = done.steps
    .filter(goes)
    .map(step => step.change)
    .filter(change => !held.has(JSON.stringify(change)))
  const because = going.flatMap(change => alone(change) ?? [])[0]
  if (because)
    return {
      refuse: text(
        `Geht nur mit dem ganzen Vorgang: ${printableLine(because.de)}`,
        `Goes only with the whole transaction: ${printableLine(because.en)}`,
      ),
    }
  const files = [...done.files].flatMap(([path, { before }]) => (before === null ? [] : [asFile(path, before)]))
  const place = placeIn([...done.files.keys()], done.files.get(mainFile)?.wrote ?? null)
  const all = merge(
    done.steps.map(step => step.change),
    files,
    place,
  )
  const rest = merge(remaining, files, place)
  // the rule that is in force and the one that the next boot loads belong together
  const opened = going.some(change => change.kind === 'firewall')
  const items: Item[] = []
  for (const item of all) {
    if (item.kind === 'mode' && !rest.some(other => JSON.stringify(other) === JSON.stringify(item))) {
      const mode = done.modes.get(item.path)
      if (mode?.now !== item.mode && mode?.now !== mode?.before) return { tangled: item.path }
      if (mode && mode.now !== mode.before) items.push({ ...item, stage: 'close', mode: mode.before })
    }
    if (item.kind !== 'file' || (opened && item.check === 'nft')) continue
    const kept = done.files.get(item.path)
    if (!kept) return { tangled: item.path }
    const ids = (content: string | null) => content?.replaceAll('@ID@', done.id) ?? null
    const wrote = ids(last(item))
    const other = rest.find((one): one is FileItem => one.kind === 'file' && one.path === item.path)
    const back = other ? ids(last(other)) : kept.before
    if (back === wrote) continue
    if (wrote !== null && wrote !== kept.wrote) return { tangled: item.path }
    const now = signed(kept.now, done.id)
    const next = merged(item, { wrote, back, now })
    if (next === undefined) return { tangled: item.path }
    if (next === now) continue
    const { check, effect, mode, path } = item
    items.push({ kind: 'file', path, mode, effect, ...(check && { check }), stages: { close: signed(next, '@ID@') } })
  }
  const moves = going.some(change => change.kind === 'setting' && change.keyword === 'Port')
  const moved = moves && items.some(item => item.kind === 'file' && item.effect === 'sshd')
  return {
    items: moved ? items.map(item => openBoth(item, done)) : items,
    ports: moved ? done.ports.before : null,
    stays: items.length === 0 ? [] : only(going.flatMap(change => staying(change) ?? [])),
  }
}

/** The first line of the drop-in says who wrote it last, and is nobody's change. */
const signed = (content: string | null, id: string): string | null => {
  const by = /^# Written by Riegel \(([-\w@]+)\)/.exec(content ?? '')?.[1]
  if (content === null || by === undefined) return content
  const end = content.indexOf('\n')
  return `${content.slice(0, end).replaceAll(by, id)}${content.slice(end)}`
}

/** Undefined where it cannot be told apart. */
const merged = (
  { effect }: FileItem,
  { wrote, back, now }: { wrote: string | null; back: string | null; now: string | null },
): string | null | undefined => {
  if (now === back) return now
  if (now === null || wrote === null) return now === wrote ? back : undefined
  const next = (effect === 'sshd' ? mergeSshd : mergeLines)(wrote, back ?? '', now)
  return next === null ? undefined : next === '' && back === null ? null : next
}

/** On the way back sshd listens on both ports, until the old one is proven. */
const openBoth = (item: Item, { files, ports }: Done): Item => {
  if (item.kind !== 'file' || !isDropIn(item.path)) return item
  const now = files.get(item.path)?.now ?? ''
  const lines = ports.before.filter(port => !ports.after.includes(port)).map(port => `Port ${port}\n`)
  const open = now.replace(/^Port .*\n/m, line => `${line}${lines.join('')}`)
  return { ...item, stages: { open, ...item.stages } }
}
