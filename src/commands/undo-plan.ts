import { createHash } from 'node:crypto'
import type { About } from '../model/about.js'
import type { RuleId } from '../model/rule.js'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import type { Drift, Listed } from '../riegel/take-back.js'

/** What will be taken back, for a program or for approval: the digest covers all of it and every later change. */
export interface UndoPlan {
  readonly schema: 'riegel.undo-plan/1'
  readonly target: string
  readonly transaction: string
  readonly rules: readonly RuleId[]
  /** merged: somebody else's lines in it stay, only Riegel's go; changed and not merged: it stays as it is */
  readonly files: readonly { readonly path: string; readonly changed: boolean; readonly merged: boolean }[]
  readonly ports: About['ports']
  readonly account: { readonly name: string; readonly goes: boolean }
  /** fingerprint of the security key that goes */
  readonly securityKey?: string
  /** of which transaction the one that goes had taken these rules back */
  readonly restores?: string
  readonly digest: string
}

export const undoPlan = (target: string, one: Listed, about: About, drifts: readonly Drift[]): UndoPlan => {
  const plan = {
    schema: 'riegel.undo-plan/1',
    target,
    transaction: one.id,
    rules: about.rules,
    files: one.files.map(({ number, path, changed }) => ({
      path,
      changed,
      merged: drifts.some(({ file, merge }) => file.number === number && merge !== null),
    })),
    ports: { before: about.ports.after, after: about.ports.before },
    account: { name: about.account, goes: about.made },
    ...(about.securityKey !== undefined && { securityKey: about.securityKey }),
    ...(about.takesBack !== undefined && { restores: about.takesBack }),
  } as const
  const covered = JSON.stringify([one.state, plan.transaction, plan.rules, plan.files, drifts.map(({ now }) => now)])
  return { ...plan, digest: createHash('sha256').update(covered).digest('hex') }
}

/** The same as a person reads it, and by which way one gets in then. */
export const undoWords = ({ transaction, rules, files, ports, account, securityKey, restores }: UndoPlan): Text => {
  const list = (words: readonly string[]) => words.map(printableLine).join(', ')
  const paths = files.map(file => file.path)
  const goes: Text = account.goes
    ? text(
        `\n  Das Konto ${account.name} wird gelöscht, wenn in seinem Home nichts Eigenes liegt.`,
        `\n  The account ${account.name} is deleted if its home holds nothing of its own.`,
      )
    : text('', '')
  const kept = files.filter(file => file.merged).map(file => file.path)
  const merged: Text =
    kept.length === 0
      ? text('', '')
      : text(
          `\n  Seither geändert; nur Riegels Zeilen gehen, alle anderen bleiben:\n    ${list(kept)}`,
          `\n  Changed since; only Riegel's lines go, all others stay:\n    ${list(kept)}`,
        )
  const again: Text =
    restores === undefined
      ? text('', '')
      : text(
          `\n  Damit gilt wieder, was aus ${printableLine(restores)} zurückgenommen war.`,
          `\n  So what was taken back of ${printableLine(restores)} holds again.`,
        )
  // only the secret was renewed: the same rule, and no file of sshd's or PAM's
  const renewed = rules.includes('second-factor/ssh') && !paths.some(path => path.startsWith('/etc/pam.d/'))
  const phone: Text = securityKey
    ? text(
        '\n  Der Sicherheitsschlüssel wird wieder ausgetragen.',
        '\n  The security key is taken off the server again.',
      )
    : renewed
      ? text(
          '\n  Der Code bleibt der des neuen Telefons: das alte könnte in fremden Händen sein.',
          "\n  The code stays the new phone's: the old one may be in other hands.",
        )
      : text('', '')
  const port = ports.after.join(', ')
  return text(
    `Zurückgenommen wird der Vorgang ${transaction}:\n    ${list(rules)}\n    ${list(paths)}\n  SSH wieder auf Port ${port}, wie vorher.${goes.de}${merged.de}${again.de}${phone.de}\n  Pakete, die dazukamen, bleiben.`,
    `Taken back is the transaction ${transaction}:\n    ${list(rules)}\n    ${list(paths)}\n  SSH on port ${port} again, as before.${goes.en}${merged.en}${again.en}${phone.en}\n  Packages that were added stay.`,
  )
}
