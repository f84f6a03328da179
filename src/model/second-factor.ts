import type { Change, Choices } from './change.js'
import { isDropIn } from './drop-in.js'
import type {
  AccountFacts,
  AuthorizedKeyFacts,
  ConfigFile,
  ConfigLines,
  EffectiveFacts,
  EffectiveView,
  PamFacts,
  SeenSections,
} from './facts.js'
import { hasOption } from './key-options.js'
import { matchesThatSet, setInMatch, value, viewsFor, waysIn, words } from './logins.js'
import { demandsPin, takesType } from './security-key.js'
import { type Text, text } from './text.js'

/** Where sshd's part of PAM stands, and where the module finds the secret of an account: root's, out of its programs' reach. */
export const pamFile = '/etc/pam.d/sshd'
export const factorFolder = '/var/lib/second-factor'

/** Debian's package with the module that asks for the code. */
export const modulePackage = 'libpam-google-authenticator'

/**
 * What PAM asks instead of the account's password. `allow_readonly`: on a full disk the module cannot note that a code
 * was used, and would otherwise let nobody in any more.
 */
const asksCode = `auth required pam_google_authenticator.so secret=${factorFolder}/\${USER} user=root allow_readonly`
const because = '# Riegel: the code of the second factor, and never the password of the account'

const asksPassword = /^\s*@include\s+common-auth\s*$/

/** /etc/pam.d/sshd with the code in place of the password. A stack that is not Debian's is left to its owner. */
export const pamWithCode = ({ sshd }: PamFacts): { readonly content: string } | { readonly refuse: Text } => {
  if (sshd.includes(asksCode)) return { content: `${sshd.join('\n')}\n` }
  const own = sshd.filter(line => /^\s*-?auth\s/.test(line))
  const odd = own.find(line => !/pam_(nologin|selinux|env|faildelay)\.so/.test(line))
  if (odd !== undefined || sshd.filter(line => asksPassword.test(line)).length !== 1)
    return {
      refuse: text(
        `${pamFile} ist nicht mehr die von Debian: ${odd?.trim() ?? 'common-auth fehlt'}`,
        `${pamFile} is not Debian's any more: ${odd?.trim() ?? 'common-auth is missing'}`,
      ),
    }
  const lines = sshd.flatMap(line => (asksPassword.test(line) ? [because, asksCode, `#riegel ${line}`] : [line]))
  return { content: `${lines.join('\n')}\n` }
}

/** The same file with what stood there before; what somebody else wrote stays. */
const pamWithoutCode = ({ sshd }: PamFacts): string =>
  `${sshd
    .filter(line => line !== because && line !== asksCode)
    .map(line => line.replace(/^#riegel (?=\s*@include)/, ''))
    .join('\n')}\n`

/** Kinds of factors: something one has, and something one knows or reads off another device. Two keys are one kind. */
const kindOf = (method: string): 'key' | 'word' => (/^(publickey|hostbased|gssapi-)/.test(method) ? 'key' : 'word')

/** Does every alternative of AuthenticationMethods ask for factors of both kinds? */
export const asksBoth = (view: EffectiveView): boolean => {
  const lists = words(view, 'authenticationmethods').filter(list => list !== 'any')
  return lists.length > 0 && lists.every(list => new Set(list.split(',').map(kindOf)).size === 2)
}

/** sshd demands a person of this key, by its PIN (sshd(8)). */
export const isToBeVerified = ({ options }: AuthorizedKeyFacts): boolean => hasOption(options, 'verify-required')

/** A key that does nothing without a person who enters its PIN. An authority's key says nothing of those it certifies. */
export const isVerified = (view: EffectiveView, key: AuthorizedKeyFacts): boolean =>
  key.type.startsWith('sk-') && !hasOption(key.options, 'cert-authority') && (demandsPin(view) || isToBeVerified(key))

/** Is one factor enough for this account, by this view? `byKey`: it comes in by a key. */
export const oneFactor = (
  view: EffectiveView,
  account: AccountFacts,
  byKey: boolean,
  keys: readonly AuthorizedKeyFacts[],
): boolean => {
  if (asksBoth(view)) return false
  // a key that sshd does not take is no way in
  const own = keys.filter(key => key.account === account.name && takesType(view, key))
  return !(byKey && own.every(key => isVerified(view, key)))
}

/** Who else gets in with one factor, but for these; by name, in the order of the accounts. */
export const oneFactorLeft = (
  { effective, accounts, loginKeys, system }: SeenSections<'effective' | 'accounts' | 'loginKeys' | 'system'>,
  but: readonly string[],
): string[] => [
  ...new Set(
    waysIn(effective, accounts, loginKeys, system.now)
      .filter(({ account, by, view }) => oneFactor(view, account, by === 'key', loginKeys.keys))
      .map(({ account }) => account.name)
      .filter(name => !but.includes(name)),
  ),
]

/** Does sshd ask this account for a code (or a password) beside its key, whatever it tries? */
export const sshdAsksForCode = (effective: EffectiveFacts, name: string): boolean => {
  const views = viewsFor(effective, name)
  const asked = views.length > 0 ? views : effective.views
  const lists = asked.flatMap(view => words(view, 'authenticationmethods'))
  return (
    lists.length > 0 && lists.every(list => list.split(',').some(method => method.startsWith('keyboard-interactive')))
  )
}

const methods = 'AuthenticationMethods'
const keyAndCode = 'publickey,keyboard-interactive'
/** Until the code is proven: the key alone, or the code before it. */
const eitherWay = 'publickey keyboard-interactive,publickey'

const usersOf = (blocks: readonly { readonly match: string }[]): string[] =>
  blocks.flatMap(({ match }) => /^match\s+user\s+([^\s,*?!]+)$/i.exec(match)?.[1] ?? [])

/** Accounts of which a Match of Riegel's own demands a security key, whatever is asked of all others. */
export const keyedIn = (files: readonly ConfigLines[]): string[] =>
  usersOf(
    matchesThatSet(
      files.filter(file => isDropIn(file.path)),
      'PubkeyAuthOptions',
      'none',
    ),
  )

/** Accounts that were left out on purpose, in a Match of Riegel's own: not those that a security key is asked of instead. */
export const exceptedIn = (files: readonly ConfigLines[]): string[] => {
  const own = files.filter(file => isDropIn(file.path))
  const keyed = keyedIn(own)
  return usersOf(matchesThatSet(own, methods, keyAndCode)).filter(name => !keyed.includes(name))
}

/** A key alone does again. The secret stays where it is, and does nothing there. */
export const allowKeyAlone = ({ sshd, pam }: SeenSections<'sshd' | 'pam'>): readonly Change[] => [
  ...(pam.sshd.includes(asksCode)
    ? [{ kind: 'file', stage: 'close', path: pamFile, mode: 0o644, content: pamWithoutCode(pam) } as const]
    : []),
  ...switches(sshd.release).map((keyword): Change => ({ kind: 'setting', stage: 'close', keyword, values: ['no'] })),
  { kind: 'setting', stage: 'close', keyword: 'AuthenticationMethods', values: ['publickey'] },
]

/** Does a change make sshd ask for a code? */
export const isAskingForCode = (change: Change): boolean =>
  change.kind === 'setting' &&
  change.keyword === 'AuthenticationMethods' &&
  change.values.some(list => list.includes('keyboard-interactive'))

/** The keywords for codes: up to 8.6 the switch had another name. */
const switches = (release: number): string[] =>
  release < 8.7 ? ['KbdInteractiveAuthentication', 'ChallengeResponseAuthentication'] : ['KbdInteractiveAuthentication']

/** sshd's part: key and code of everybody, and of whoever a Match of these files says otherwise of. */
export const requireMethods = (release: number, files: readonly ConfigFile[]): readonly Change[] => {
  const set = (stage: 'open' | 'close', keyword: string, word: string, wanted: string): Change => ({
    ...{ kind: 'setting', stage, keyword, values: [word] },
    ...(setInMatch(files, keyword, wanted) && { matchAll: true }),
  })
  return [
    ...switches(release).map(keyword => set('open', keyword, 'yes', 'yes')),
    set('open', methods, eitherWay, keyAndCode),
    set('close', methods, keyAndCode, keyAndCode),
  ]
}

/**
 * A login that asks for key and code. Until that is proven a key alone still does, and so does the code before the key:
 * in that order the code can be proven while nobody can be shut out yet.
 */
export const requireCode = (
  { sshd, pam, effective }: SeenSections<'sshd' | 'pam' | 'effective'>,
  { secondFactor }: Choices,
): readonly Change[] | { readonly refuse: Text } => {
  if (!secondFactor?.accounts.length)
    return { refuse: text('einrichten mit riegel second-factor', 'set it up with riegel second-factor') }
  const content = pamWithCode(pam)
  if ('refuse' in content) return content
  if (effective.views.some(view => value(view, 'usepam') !== 'yes'))
    return {
      refuse: text('UsePAM ist aus; ohne PAM gibt es keinen Code', 'UsePAM is off; without PAM there is no code'),
    }
  // what Riegel's own file says of an account that goes on without a code is meant so
  const others = sshd.files.filter(file => !isDropIn(file.path))
  const before = exceptedIn(sshd.files)
  return [
    { kind: 'package', stage: 'open', name: modulePackage },
    ...secondFactor.accounts.map((name): Change => ({ kind: 'second-factor', stage: 'open', name })),
    { kind: 'file', stage: 'open', path: pamFile, mode: 0o644, content: content.content },
    ...requireMethods(sshd.release, others),
    // whoever was left out before is not any more
    ...secondFactor.accounts
      .filter(name => before.includes(name))
      .flatMap((name): Change[] => [
        { kind: 'setting', stage: 'open', keyword: methods, values: [eitherWay], match: `User ${name}` },
        { kind: 'setting', stage: 'close', keyword: methods, values: [keyAndCode], match: `User ${name}` },
      ]),
    ...secondFactor.except.map(
      (name): Change => ({
        ...{ kind: 'setting', stage: 'open', keyword: methods, values: ['publickey'] },
        match: `User ${name}`,
      }),
    ),
  ]
}
