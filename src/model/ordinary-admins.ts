import type { AccountFacts, AuthorizedKeyFacts, EffectiveView, PathFacts, SeenSections, SudoFacts } from './facts.js'
import { expiryOf } from './key-options.js'
import { becomesRoot, canBecomeRoot, hasRealShell, opensShell, value, waysIn, words } from './logins.js'
import { takesType } from './security-key.js'

/**
 * What StrictModes refuses for sure: anybody may write there, or it is somebody else's. A group may on Debian, where nobody
 * else is in it (keys/loose-file-modes says so all the same); a link says nothing about what it leads to.
 */
const isLoose = ({ kind, mode, owner, account }: PathFacts): boolean =>
  kind !== 'link' && ((mode & 0o002) !== 0 || ![account, 'root'].includes(owner))

/** Would sshd take this key in this view, and give a shell? `now`: server's seconds. */
const works = (key: AuthorizedKeyFacts, view: EffectiveView, paths: readonly PathFacts[], now: number): boolean => {
  const lists = words(view, 'authenticationmethods')
  const above = paths.filter(
    one => one.account === key.account && (one.path === key.path || key.path.startsWith(`${one.path}/`)),
  )
  return (
    opensShell(key) &&
    takesType(view, key) &&
    expiryOf(key.options) > now &&
    (lists.length === 0 || lists.some(list => list === 'any' || /(^|,)publickey(,|:|$)/.test(list))) &&
    (value(view, 'strictmodes') === 'no' || !above.some(isLoose)) &&
    ['forcecommand', 'chrootdirectory'].every(keyword => ['', 'none'].includes(value(view, keyword)))
  )
}

/** Accounts other than root that log in with a key, get a shell, and can become root. */
export const ordinaryAdmins = ({
  effective,
  accounts,
  loginKeys,
  sudo,
  system,
}: SeenSections<'effective' | 'accounts' | 'loginKeys' | 'sudo' | 'system'>): AccountFacts[] =>
  accounts.filter(
    account =>
      account.uid !== 0 &&
      hasRealShell(account) &&
      canBecomeRoot(sudo, account) &&
      waysIn(effective, [account], loginKeys, system.now).some(
        ({ by, view }) =>
          by === 'key' &&
          loginKeys.keys.some(key => key.account === account.name && works(key, view, loginKeys.paths, system.now)),
      ),
  )

/** The word by which sudo asks this account for another one's password, which nobody here knows to be there; null = none. */
export const asksAnother = (sudo: SudoFacts, account: AccountFacts): string | null => {
  if (becomesRoot(sudo, account) !== 'password') return null
  const defaults = sudo.accounts[account.name]?.defaults ?? []
  return (
    ['targetpw', 'rootpw', 'runaspw'].find(
      word => defaults.findLast(one => one === word || one === `!${word}`) === word,
    ) ?? null
  )
}
