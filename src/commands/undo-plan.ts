import { createHash } from 'node:crypto'
import type { About } from '../model/about.js'
import type { RuleId } from '../model/rule.js'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import type { Listed } from '../riegel/take-back.js'

/** A file that somebody changed since Riegel wrote it: what was written, what is there; null = nothing. */
export interface Drift {
  readonly file: Listed['files'][number]
  readonly wrote: string | null
  readonly now: string | null
}

/** What will be taken back, for a program or for approval: the digest covers all of it and every later change. */
export interface UndoPlan {
  readonly schema: 'riegel.undo-plan/1'
  readonly target: string
  readonly transaction: string
  readonly rules: readonly RuleId[]
  readonly files: readonly { readonly path: string; readonly changed: boolean }[]
  readonly ports: About['ports']
  readonly account: { readonly name: string; readonly goes: boolean }
  readonly digest: string
}

export const undoPlan = (target: string, one: Listed, about: About, drifts: readonly Drift[]): UndoPlan => {
  const plan = {
    schema: 'riegel.undo-plan/1',
    target,
    transaction: one.id,
    rules: about.rules,
    files: one.files.map(({ path, changed }) => ({ path, changed })),
    ports: { before: about.ports.after, after: about.ports.before },
    account: { name: about.account, goes: about.made },
  } as const
  const covered = JSON.stringify([one.state, plan.transaction, plan.rules, plan.files, drifts.map(({ now }) => now)])
  return { ...plan, digest: createHash('sha256').update(covered).digest('hex') }
}

/** The same as a person reads it, and by which way one gets in then. */
export const undoWords = ({ transaction, rules, files, ports, account }: UndoPlan): Text => {
  const list = (words: readonly string[]) => words.map(printableLine).join(', ')
  const paths = files.map(file => file.path)
  const goes: Text = account.goes
    ? text(
        `\n  Das Konto ${account.name} wird gelöscht, wenn in seinem Home-Verzeichnis keine eigenen Dateien liegen.`,
        `\n  The account ${account.name} is deleted if its home directory holds no files of its own.`,
      )
    : text('', '')
  const port = ports.after.join(', ')
  return text(
    `Zurückgenommen wird der Vorgang ${transaction}:\n  ${list(rules)}\n  ${list(paths)}\n  SSH wieder auf Port ${port}, wie vorher.${goes.de}\n  Pakete, die dazukamen, bleiben.`,
    `Taken back is the transaction ${transaction}:\n  ${list(rules)}\n  ${list(paths)}\n  SSH on port ${port} again, as before.${goes.en}\n  Packages that were added stay.`,
  )
}
