import type { AccountPasswordChange, Change, Choices, FileChange } from './change.js'
import type { SeenSections } from './facts.js'
import { keyOf } from './fingerprint.js'
import { becomesRoot, canBecomeRoot, hasPassword } from './logins.js'
import { type Text, text } from './text.js'

/** Riegel's own line for an account; sudo skips file names with a dot, and `zz` is read last. */
const sudoers = (name: string, stage: 'open' | 'close', may: string): FileChange => ({
  kind: 'file',
  stage,
  path: `/etc/sudoers.d/zz-riegel-${name.replaceAll(/[.~]/g, '_')}`,
  content: `${name} ALL=(ALL:ALL) ${may}\n`,
  mode: 0o440,
  check: 'visudo',
})

/** A word that sudoers could read as an alias, a group or a pattern is no name to write there. */
const plain = (name: string): boolean => /^[a-z_][a-z0-9_.-]*\$?$/.test(name)

const oddName = (name: string): { refuse: Text } => ({
  refuse: text(
    `„${name}“ ist für sudo kein eindeutiger Name (Großbuchstaben oder Sonderzeichen)`,
    `"${name}" is not a plain name to sudo (capitals or special characters)`,
  ),
})

export const givePassword = (name: string): AccountPasswordChange => ({ kind: 'account-password', stage: 'open', name })

/** sudo asks this account for its password from now on; it is given one where it has none. */
export const askForPassword = (
  { accounts }: SeenSections<'accounts'>,
  name: string,
): readonly Change[] | { refuse: Text } => {
  if (!plain(name)) return oddName(name)
  const account = accounts.find(a => a.name === name)
  return [...(account && !hasPassword(account) ? [givePassword(name)] : []), sudoers(name, 'close', 'PASSWD: ALL')]
}

/**
 * The person's own way in: an account that logs in with their key and becomes root. Makes it, or adds what an
 * existing one lacks; empty where it lacks nothing.
 */
export const adminChanges = (
  choices: Choices,
  sections: SeenSections<'accounts' | 'sudo' | 'loginKeys'>,
): readonly Change[] | { refuse: Text } => {
  const { name, home, keyFile } = choices.account
  const { accounts, sudo, loginKeys } = sections
  if (!plain(name)) return oddName(name)
  const install: Change[] = sudo.installed ? [] : [{ kind: 'package', stage: 'open', name: 'sudo' }]
  const asks = choices.sudo === 'password'
  const account = accounts.find(a => a.name === name)
  const held = loginKeys.keys.filter(key => key.account === name)
  if (choices.keys.length === 0 && held.length === 0)
    return { refuse: text(`für ${name} fehlt ein Schlüssel`, `there is no key for ${name}`) }
  if (!account)
    return [
      ...install,
      {
        kind: 'account-create',
        stage: 'open',
        name,
        home,
        shell: '/bin/bash',
        keys: choices.keys,
        password: asks ? 'generated' : 'none',
      },
      sudoers(name, 'open', asks ? 'ALL' : 'NOPASSWD: ALL'),
    ]

  const known = new Set(held.map(key => key.fingerprint))
  const missing = choices.keys.filter(line => !known.has(keyOf(line)?.fingerprint ?? ''))
  const keys: Change[] =
    missing.length === 0
      ? []
      : [{ kind: 'account-keys', stage: 'open', name, path: keyFile, home: account.home, keys: missing }]
  if (canBecomeRoot(sudo, account)) {
    const close = asks && becomesRoot(sudo, account) === 'nopasswd' ? askForPassword(sections, name) : []
    return 'refuse' in close ? close : [...keys, ...close]
  }
  const password = asks || hasPassword(account)
  const has = becomesRoot(sudo, account) === 'password'
  return [
    ...install,
    ...keys,
    ...(asks && !hasPassword(account) ? [givePassword(name)] : []),
    ...(has && password ? [] : [sudoers(name, 'open', password ? 'ALL' : 'NOPASSWD: ALL')]),
  ]
}
