import type { Change, Choices } from './change.js'
import { isDropIn } from './drop-in.js'
import type { AuthorizedKeyFacts, EffectiveFacts, EffectiveView, SeenSections } from './facts.js'
import { keyOf } from './fingerprint.js'
import { hasOption } from './key-options.js'
import { viewsFor, words } from './logins.js'
import { type Text, text } from './text.js'

/** Keys whose private half a security key keeps (FIDO2): nothing signs with them but the thing itself. */
export const securityTypes: readonly string[] = ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com']

export const isSecurityType = (type: string): boolean => securityTypes.includes(type)

/** From this release on ssh and sshd know verify-required (8.2 had security keys already, but no PIN). */
export const pinSince = 8.4

/** Up to 8.4 the list of key types that count had another name. */
const acceptedKeyword = (release: number) => (release < 8.5 ? 'PubkeyAcceptedKeyTypes' : 'PubkeyAcceptedAlgorithms')

const accepted = (view: EffectiveView): string[] =>
  ['pubkeyacceptedalgorithms', 'pubkeyacceptedkeytypes'].flatMap(keyword =>
    words(view, keyword).flatMap(list => list.split(',')),
  )

/** Does sshd take signatures of this kind of key at all? Where it does not say, it does. */
export const takesType = (view: EffectiveView, { type, options }: Pick<AuthorizedKeyFacts, 'type' | 'options'>) => {
  const list = accepted(view)
  if (list.length === 0) return true
  // an authority's key signs nothing here: what counts is the certificates it made
  if (hasOption(options, 'cert-authority')) return list.some(one => one.includes('-cert-'))
  return list.some(
    one => one === type || (type === 'ssh-rsa' && one.startsWith('rsa-sha2-') && !one.includes('-cert-')),
  )
}

/** sshd wants every signature of a security key to say that a PIN (or a finger) was given to it. */
export const demandsPin = (view: EffectiveView): boolean =>
  words(view, 'pubkeyauthoptions').some(list => list.split(',').includes('verify-required'))

/** Does this account get in by a security key and its PIN alone, wherever it comes from? */
export const needsSecurityKey = (effective: EffectiveFacts, name: string): boolean => {
  const views = viewsFor(effective, name)
  return (
    views.length > 0 &&
    views.every(view => {
      const list = accepted(view)
      return list.length > 0 && list.every(isSecurityType) && demandsPin(view)
    })
  )
}

const methods = 'AuthenticationMethods'

/** What sshd is told of one account, and nobody else: its methods, its key types, and the PIN. */
const keywords = (release: number): readonly string[] => [methods, acceptedKeyword(release), 'PubkeyAuthOptions']

const alone = (view: EffectiveView): boolean => words(view, methods.toLowerCase()).join() === 'publickey'

/**
 * A login that takes a security key and its PIN: the key is added first, bound to the PIN by its own line, so that it can be
 * proven while every other key still does. Only then do the other keys of this account count no more; they stay where they are.
 */
export const requireSecurityKey = (
  { sshd, effective, loginKeys }: SeenSections<'sshd' | 'effective' | 'loginKeys'>,
  { account, keys }: Choices,
): readonly Change[] | { readonly refuse: Text } => {
  const views = viewsFor(effective, account.name)
  if (views.length === 0)
    return { refuse: text(`sshd wurde nicht nach ${account.name} gefragt`, `sshd was not asked about ${account.name}`) }
  if (sshd.release < pinSince || views.some(view => words(view, 'pubkeyauthoptions').length === 0))
    return {
      refuse: text(
        `sshd ist dort zu alt für die PIN eines Sicherheitsschlüssels (${sshd.release}; es braucht ${pinSince})`,
        `sshd is too old there for the PIN of a security key (${sshd.release}; it takes ${pinSince})`,
      ),
    }
  const types = securityTypes.filter(type => views.every(view => takesType(view, { type, options: '' })))
  const missing = keys.filter(line => !types.includes(keyOf(line)?.type ?? ''))
  if (missing.length > 0)
    return {
      refuse: text(
        'sshd nimmt dort Schlüssel dieser Art nicht an (PubkeyAcceptedAlgorithms)',
        'sshd does not take keys of this kind there (PubkeyAcceptedAlgorithms)',
      ),
    }
  const held = new Set(loginKeys.keys.filter(key => key.account === account.name).map(key => key.fingerprint))
  const added = keys.filter(line => !held.has(keyOf(line)?.fingerprint ?? ''))
  const match = `User ${account.name}`
  const set = (keyword: string, value: string): Change => ({
    ...{ kind: 'setting', stage: 'close', keyword, values: [value], match },
  })
  const done = needsSecurityKey(effective, account.name) && views.every(alone)
  return [
    ...(added.length === 0
      ? []
      : [
          {
            kind: 'account-keys' as const,
            stage: 'open' as const,
            name: account.name,
            path: account.keyFile,
            home: account.home,
            keys: added.map(line => `verify-required ${line}`),
          },
        ]),
    ...(done
      ? []
      : [
          set(methods, 'publickey'),
          set(acceptedKeyword(sshd.release), types.join(',')),
          set('PubkeyAuthOptions', 'verify-required'),
        ]),
  ]
}

/** Every key of this account counts again. The security key stays among them. */
export const allowEveryKey = (
  { sshd, effective }: SeenSections<'sshd' | 'effective'>,
  { account }: Choices,
): readonly Change[] | { readonly refuse: Text } => {
  const match = `User ${account.name}`
  const own = sshd.files.find(({ path }) => isDropIn(path))
  if (!own?.lines.some(line => line.trim() === `Match ${match}`))
    return {
      refuse: text(
        'Den Sicherheitsschlüssel verlangt dort nicht Riegels Datei, sondern eine andere',
        "It is not Riegel's file that demands the security key there, but another one",
      ),
    }
  // whoever must give a code otherwise has none: this account goes on by its key
  const coded = effective.views.some(view => words(view, 'authenticationmethods').some(list => /keyboard/.test(list)))
  return keywords(sshd.release).flatMap((keyword): Change[] =>
    coded && keyword === methods ? [] : [{ kind: 'setting', stage: 'close', keyword, values: [], match }],
  )
}
