import type { Stage } from '../model/change.js'
import type { FileItem, Item } from '../model/plan.js'
import { quote } from '../model/shell.js'

/**
 * A kind of change as shell: what `save` keeps while nothing has been touched, what `set` does at a stage, what
 * `undo` does from the saved state. All three are idempotent and call lib.sh. `n` numbers the item.
 */
export interface Kind<I extends Item> {
  save(item: I, n: string): string
  /** empty where nothing is to be done at this stage */
  set(item: I, n: string, stage: Stage): string
  undo(item: I, n: string): string
}

type Kinds = { readonly [K in Item['kind']]: Kind<Extract<Item, { kind: K }>> }

const at = (item: { readonly stage: Stage }, stage: Stage, sh: string): string => (item.stage === stage ? sh : '')

/** A here-document: content that may hold anything but its own end mark. */
const here = (content: string): string => {
  let mark = 'RIEGEL-END'
  while (content.includes(mark)) mark += '-'
  return `<<'${mark}'\n${content.endsWith('\n') ? content : `${content}\n`}${mark}`
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

const file: Kind<FileItem> = {
  save: (item, n) =>
    [
      `save_file ${n} ${quote(item.path)}${item.effect === 'ssh-socket' ? ' folder' : ''}`,
      ...(['open', 'close', 'after'] as const).flatMap(stage => {
        const content = item.stages[stage]
        return typeof content === 'string' ? [`stage_file ${n} ${stage} ${octal(item.mode)} ${here(content)}`] : []
      }),
    ].join('\n'),
  set: (item, n, stage) => {
    const content = item.stages[stage]
    if (content === undefined) return ''
    return content === null ? `drop_file ${n} ${quote(item.path)}` : `put_file ${n} ${stage} ${quote(item.path)}`
  },
  undo: (item, n) => `undo_file ${n} ${quote(item.path)}`,
}

export const kinds: Kinds = {
  file,
  mode: {
    save: (item, n) => `save_mode ${n} ${quote(item.account)} ${quote(item.path)}`,
    set: (item, n, stage) =>
      at(item, stage, `put_mode ${n} ${quote(item.account)} ${quote(item.path)} ${octal(item.mode)}`),
    undo: (item, n) => `undo_mode ${n} ${quote(item.account)} ${quote(item.path)} ${item.mode.toString(8)}`,
  },
  'account-create': {
    save: item =>
      `save_account ${quote(item.name)} ${quote(item.home)}\ncat >"$D/keys-${item.name}" ${here(item.keys.join('\n'))}`,
    set: (item, _, stage) =>
      at(
        item,
        stage,
        `make_account ${quote(item.name)} ${quote(item.home)} ${quote(item.shell)}${item.password === 'generated' ? `\ngive_password ${quote(item.name)}` : ''}`,
      ),
    undo: item => `undo_account ${quote(item.name)} ${quote(item.home)}`,
  },
  'account-keys': {
    save: item =>
      `cat >"$D/keys-${item.name}" ${here(item.keys.join('\n'))}\nsave_keys ${quote(item.name)} ${quote(item.path)}`,
    set: (item, _, stage) => at(item, stage, `add_keys ${quote(item.name)} ${quote(item.path)}`),
    undo: item => `undo_keys ${quote(item.name)} ${quote(item.path)}`,
  },
  'account-password': {
    save: item => `save_password ${quote(item.name)}`,
    set: (item, _, stage) => at(item, stage, `give_password ${quote(item.name)}`),
    undo: item => `undo_password ${quote(item.name)}`,
  },
  'second-factor': {
    save: item => `save_factor ${quote(item.name)}`,
    set: (item, _, stage) => at(item, stage, `put_factor ${quote(item.name)}`),
    undo: item => `undo_factor ${quote(item.name)}`,
  },
  'account-lock': {
    save: item => `save_lock ${quote(item.name)}`,
    set: (item, _, stage) => at(item, stage, `lock_account ${quote(item.name)} ${item.expire ? 'expire' : 'password'}`),
    undo: item => `undo_lock ${quote(item.name)} ${item.expire ? 'expire' : 'password'}`,
  },
  firewall: {
    save: item =>
      item.manager === 'ufw'
        ? 'save_ufw'
        : item.manager === 'firewalld'
          ? `save_firewalld ${quote(item.zone ?? 'public')} ${item.port}`
          : '',
    set: (item, _, stage) =>
      at(
        item,
        stage,
        item.manager === 'ufw'
          ? `allow_ufw ${item.port}`
          : item.manager === 'firewalld'
            ? `allow_firewalld ${item.port} ${quote(item.zone ?? 'public')}`
            : (item.chains ?? [])
                .map(c => `allow_nft ${item.port} ${quote(c.family)} ${quote(c.table)} ${quote(c.chain)}`)
                .join('\n'),
      ),
    undo: item =>
      item.manager === 'ufw'
        ? `undo_ufw ${item.port}`
        : item.manager === 'firewalld'
          ? `undo_firewalld ${item.port} ${quote(item.zone ?? 'public')}`
          : (item.chains ?? [])
              .map(c => `undo_nft ${item.port} ${quote(c.family)} ${quote(c.table)} ${quote(c.chain)}`)
              .join(' && ') || 'true',
  },
  service: {
    save: item => `save_unit ${quote(item.unit)}`,
    set: (item, _, stage) => at(item, stage, `put_unit ${quote(item.unit)}`),
    undo: item => `undo_unit ${quote(item.unit)}`,
  },
  // packages are added, never taken away: nothing to save, nothing to undo
  package: {
    save: () => '',
    set: (item, _, stage) => at(item, stage, `install_package ${quote(item.name)}`),
    undo: () => '',
  },
}

const kindOf = (item: Item): Kind<Item> => kinds[item.kind] as unknown as Kind<Item>

export const number = (index: number): string => String(index + 1).padStart(3, '0')

/** When undo takes an item back: what closed first, and what opened only once the old door is seen to be open again. */
const phase = (item: Item): 'close' | 'sshd' | 'open' =>
  item.kind === 'file'
    ? item.effect === 'sshd' || item.effect === 'ssh-socket'
      ? 'sshd'
      : 'close' in item.stages || 'after' in item.stages
        ? 'close'
        : 'open'
    : item.stage === 'open'
      ? 'open'
      : 'close'

/** Shell that saves an item and writes down how to undo it. */
export const saveItem = (item: Item, index: number): string => {
  const undo = kindOf(item).undo(item, number(index))
  const write = `cat >"$D/undo.d/${number(index)}.${phase(item)}" ${here(undo)}`
  return [kindOf(item).save(item, number(index)), undo === '' ? '' : write].filter(line => line !== '').join('\n')
}

/** Shell that does an item's part of a stage. */
export const setItem = (item: Item, index: number, stage: Stage): string => kindOf(item).set(item, number(index), stage)
export { here, octal }
