import type { LoginKeyFacts } from '../../model/facts.js'
import { directory, doorOpen, shutByGroups, viewsOf } from '../../model/logins.js'
import { judge, notApplicable, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

/** Files that hold keys of root's and of nobody else: one that others log in with stays. */
const rootsOwn = ({ keys }: LoginKeyFacts): string[] => {
  const others = new Set(keys.filter(key => key.account !== 'root').map(key => key.path))
  return [...new Set(keys.filter(key => key.account === 'root').map(key => key.path))].filter(path => !others.has(path))
}

export default rule({
  id: 'root/keys-left-behind',
  severity: 'low',
  title: text('Für root liegen keine Schlüssel mehr bereit', 'No keys lie ready for root any more'),
  problem: text(
    'root darf sich nicht anmelden, aber in {key} stehen noch Schlüssel.',
    'root may not log in, but {key} still holds keys.',
  ),
  why: text(
    'Stellt jemand PermitRootLogin wieder um, und sei es ein Update, gelten alle diese Schlüssel sofort wieder.',
    'If someone turns PermitRootLogin back, an update even, all of these keys get in again at once.',
  ),
  looksAt: text(
    'die Dateien, in denen sshd Schlüssel für root sucht',
    'the files in which sshd looks for keys of root',
  ),
  references: ['sshd_config(5) AuthorizedKeysFile', 'BSI SYS.1.3.A8'],
  needs: ['effective', 'accounts', 'loginKeys'],

  evaluate(facts) {
    const { effective, accounts, loginKeys } = facts
    const root = accounts.find(account => account.name === 'root')
    const open = viewsOf(effective, 'root').some(view => root && doorOpen(view, root))
    if (open) return notApplicable(text('root kann sich noch anmelden', 'root can still log in'))
    const hidden = root && viewsOf(effective, 'root').some(view => shutByGroups(view, root)) ? directory(facts) : null
    if (hidden) return unknown(hidden)
    return judge(rootsOwn(loginKeys).map(key => ({ key })))
  },

  does: text('Schlüssel von root beiseitegelegt', "root's keys put aside"),
  // harden asks this too when the same plan shuts root out: it works from the keys alone
  fix: ({ loginKeys }) =>
    rootsOwn(loginKeys).map(path => ({ kind: 'file', stage: 'close', path, content: null, mode: 0o600 })),
  guide: 'keys-left-behind',
})
