import type { Change } from '../../model/change.js'
import type { AccountFacts, PathFacts } from '../../model/facts.js'
import { hiddenIn } from '../../model/own-keys.js'
import { judgeUnless, notApplicable, type Problem, partly, rule } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')

/** What StrictModes asks of a path; a link, of which older facts tell, says nothing about what it leads to. */
const foreign = ({ owner, account }: PathFacts): boolean => owner !== account && owner !== 'root'
const loose = (path: PathFacts): boolean => path.kind !== 'link' && ((path.mode & 0o022) !== 0 || foreign(path))
const linked = (paths: readonly PathFacts[]): Text | null => {
  const link = paths.find(({ kind }) => kind === 'link')?.path
  return link === undefined
    ? null
    : text(`wohin ${link} führt, wurde nicht angesehen`, `what ${link} leads to was not looked at`)
}

/** What ssh asks of a private key, and of its folder: a sticky one lets nobody put another file in its place. */
const ownLoose = (path: PathFacts): boolean =>
  foreign(path) || (path.mode & (path.kind === 'file' ? 0o077 : (path.mode & 0o1000) === 0 ? 0o022 : 0)) !== 0

/** Whose hand sets the mode: an account's own below its home, root's below /etc; null where neither can safely. */
const hand = (path: PathFacts, accounts: readonly AccountFacts[]): string | null => {
  const home = accounts.find(account => account.name === path.account)?.home
  const inside = home !== undefined && (path.path === home || path.path.startsWith(`${home}/`))
  if (!inside) return path.owner === 'root' && path.path.startsWith('/etc/') ? 'root' : null
  return path.owner === path.account ? path.account : null
}

const keyOf = ({ account, path }: Pick<PathFacts, 'account' | 'path'>): string => `${account}:${path}`

export default rule({
  id: 'keys/loose-file-modes',
  severity: 'medium',
  title: text('Nur du selbst kannst deine Schlüsseldatei ändern', 'Nobody but you can change your file of keys'),
  problem: text(
    '{path} von {account} könnten andere ändern ({mode}, gehört {owner}).',
    '{path} of {account} could be changed by others ({mode}, owned by {owner}).',
  ),
  why: text(
    'Wer dort schreiben darf, trägt seinen eigenen Schlüssel ein. Mit StrictModes weist sshd deshalb auch dich ab.',
    'Whoever may write there adds a key of their own. With StrictModes sshd therefore refuses you as well.',
  ),
  looksAt: text(
    'Rechte und Besitzer von Home-Verzeichnis, .ssh und Schlüsseldatei jedes Kontos mit Schlüsseln',
    'modes and owners of home, .ssh and key file of every account with keys',
  ),
  references: ['sshd_config(5) StrictModes', 'sshd(8) FILES'],
  needs: ['loginKeys', 'accounts'],

  evaluate: ({ loginKeys }) =>
    judgeUnless(
      loginKeys.paths.filter(loose).map(
        ({ path, account, mode, owner }): Problem => ({
          key: keyOf({ account, path }),
          values: { path, account, owner, mode: octal(mode) },
          where: { file: path },
        }),
      ),
      linked(loginKeys.paths),
    ),

  ownKeys: {
    title: text('Nur du selbst kannst deine privaten Schlüssel lesen', 'Nobody but you can read your private keys'),
    problem: text(
      '{path} ist auch für andere offen ({mode}, gehört {owner}).',
      '{path} is open to others too ({mode}, owned by {owner}).',
    ),
    why: text(
      'Wer die Datei lesen darf, hat den Schlüssel. ssh weigert sich deshalb, ihn zu benutzen.',
      'Whoever may read the file has the key. ssh refuses to use it for that reason.',
    ),
    evaluate: ({ paths, unread, privateKeys }) => {
      if (paths === undefined)
        return notApplicable(text('Dateirechte gibt es hier nicht', 'there are no file modes here'))
      return judgeUnless(
        paths.filter(ownLoose).map(
          ({ path, mode, owner }): Problem => ({
            key: path,
            values: { path, owner, mode: octal(mode) },
            where: { file: path },
          }),
        ),
        hiddenIn({ privateKeys, ...(unread && { unread }) }, () => false),
      )
    },
  },

  does: text('niemand sonst darf dort schreiben', 'nobody else may write there'),
  // before the proof: a login may depend on it
  fix({ loginKeys, accounts }) {
    const wrong = loginKeys.paths.filter(loose)
    const changes = new Map<PathFacts, Change>()
    for (const path of wrong) {
      const account = hand(path, accounts)
      if (account !== null && (path.mode & 0o022) !== 0)
        changes.set(path, { kind: 'mode', stage: 'open', path: path.path, mode: path.mode & ~0o022, account })
    }
    const left = wrong.filter(path => !changes.has(path))
    const list = left.map(({ path }) => path).join(', ')
    const because = text(
      `liegt außerhalb des Home-Verzeichnisses oder gehört jemand anderem: ${list}`,
      `lies outside the home, or is owned by somebody else: ${list}`,
    )
    return partly([...changes.values()], left.map(keyOf), because)
  },
  guide: 'loose-file-modes',
})
