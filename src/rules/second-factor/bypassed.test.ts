import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  account,
  changesOf,
  complaints,
  debian,
  loginKey,
  places,
  refusalOf,
  sentences,
  sshdWith,
  verdictOf,
  view,
} from '../../../test/fixtures/facts.js'
import { dropIn } from '../../model/drop-in.js'
import type { Sections } from '../../model/facts.js'
import rule from './bypassed.js'

const google = 'required pam_google_authenticator.so'
const commonAuth = debian.secondFactor.auth
const demanding = {
  authenticationmethods: 'publickey,keyboard-interactive',
  kbdinteractiveauthentication: 'yes',
  permitrootlogin: 'no',
}

/** anna and bea, both with keys and passwords; root has a password and stays out. */
const two = (
  settings: Record<string, string>,
  auth: readonly string[],
  enrolled = ['anna', 'bea'],
): Partial<Sections> => ({
  accounts: [
    ...debian.accounts,
    account('anna', 1000, { password: 'yescrypt' }),
    account('bea', 1001, { password: 'yescrypt' }),
  ],
  loginKeys: { keys: [loginKey('anna'), loginKey('bea')], paths: [] },
  effective: { views: [view({ ...demanding, ...settings })], perAccount: false },
  secondFactor: { auth, modules: ['pam_google_authenticator.so', 'pam_oath.so'], enrolled },
})

/** What bea's own Match says. */
const match = (settings: Record<string, string>): Partial<Sections> => ({
  ...two({}, [google]),
  sshd: sshdWith(
    'AuthenticationMethods publickey,keyboard-interactive',
    'Match User bea',
    'AuthenticationMethods publickey',
  ),
  effective: {
    views: ['root', 'daemon', 'anna', 'bea'].map(user =>
      view({ ...demanding, ...(user === 'bea' ? settings : {}) }, user),
    ),
    perAccount: true,
  },
})

describe(rule.id, () => {
  test('passes where every account needs key and code', () => {
    assert.equal(verdictOf(rule, two({}, [google])), 'pass')
    assert.equal(verdictOf(rule, two({}, [google, ...commonAuth])), 'pass')
    assert.equal(verdictOf(rule, match({})), 'pass')
  })

  test('passes where the code comes with a password instead of a key', () => {
    const settings = { authenticationmethods: 'keyboard-interactive publickey,keyboard-interactive' }
    assert.equal(verdictOf(rule, two(settings, [...commonAuth, google])), 'pass')
  })

  test('passes with an account that has no secret and is refused: PAM needs one module that says yes', () => {
    assert.equal(verdictOf(rule, two({}, [google], ['anna'])), 'pass')
  })

  test('is not applicable where no second factor is set up at all', () => {
    assert.equal(verdictOf(rule), 'not-applicable')
    assert.equal(verdictOf(rule, two({ authenticationmethods: 'any' }, commonAuth)), 'not-applicable')
  })

  test('fails with nullok and an account that has no secret (T32)', () => {
    const one = two({}, [`${google} nullok`, 'required pam_permit.so'], ['anna'])
    assert.deepEqual(sentences(rule, one), ['bea has no code set up, and PAM lets it in without one (nullok).'])
    assert.deepEqual(places(rule, one), ['/etc/pam.d/sshd'])
    assert.deepEqual(sentences(rule, two({}, [`${google} nullok`], ['anna'])), [
      'bea has no code set up, and nullok lets it in without one as soon as another module agrees.',
    ])
    assert.deepEqual(complaints(rule, two({}, [`${google} nullok`, ...commonAuth], ['anna'])), ['bea'])
    assert.equal(verdictOf(rule, two({}, [`${google} nullok`, 'required pam_permit.so'])), 'pass')
  })

  test('fails with a module that lets those through whom it does not know', () => {
    const oath = '[user_unknown=ignore success=ok default=bad] pam_oath.so usersfile=/etc/users.oath'
    assert.deepEqual(complaints(rule, two({}, [oath, 'required pam_permit.so'], ['anna'])), ['bea'])
  })

  test('fails with a Match that leaves the code out for one, as --except does', () => {
    assert.deepEqual(sentences(rule, match({ authenticationmethods: 'publickey' })), [
      'bea gets in with the key alone.',
    ])
    assert.deepEqual(complaints(rule, match({ authenticationmethods: 'any' })), ['bea'])
    assert.deepEqual(places(rule, match({ authenticationmethods: 'publickey' })), [
      '/etc/ssh/sshd_config.d/10-own.conf:3',
    ])
  })

  test('fails with another list that leaves the code out for everybody', () => {
    const settings = { authenticationmethods: 'publickey,keyboard-interactive publickey' }
    assert.deepEqual(complaints(rule, two(settings, [google])), ['anna', 'bea'])
  })

  test('fails where PAM asks for a code and sshd never asks PAM after a key', () => {
    const settings = { authenticationmethods: 'any', kbdinteractiveauthentication: 'no' }
    assert.deepEqual(sentences(rule, two(settings, [google])), [
      'anna gets in with the key alone.',
      'bea gets in with the key alone.',
    ])
  })

  test('fails with common-auth in the place of the code, by whatever way (T34)', () => {
    for (const auth of [
      ['[success=1 default=ignore] pam_unix.so nullok', google, 'required pam_permit.so', 'optional pam_cap.so'],
      ['sufficient pam_unix.so', google],
      ['sufficient pam_google_authenticator.so', ...commonAuth],
      ['optional pam_google_authenticator.so', ...commonAuth],
      ['sufficient pam_sss.so', google],
    ])
      assert.match(sentences(rule, two({}, auth)).join(), /^PAM takes the password instead of the code \(/, auth[0])
  })

  test('fails where any code will do, or one is skipped by what nobody here knows', () => {
    for (const auth of [
      ['optional pam_google_authenticator.so', 'required pam_permit.so'],
      ['[success=ok default=ignore] pam_google_authenticator.so', 'required pam_permit.so'],
      ['[success=done default=ignore] pam_access.so accessfile=/etc/security/lan.conf', google],
    ]) {
      assert.deepEqual(complaints(rule, two({}, auth)), ['pam'], auth[0])
      assert.match(sentences(rule, two({}, auth)).join(), /^PAM lets in without a right code as well \(/)
    }
  })

  test('is unknown where another factor may wave through whom it does not know', () => {
    const u2f = 'required pam_u2f.so authfile=/etc/u2f'
    const permit = 'required pam_permit.so'
    assert.equal(verdictOf(rule, two({}, [`${u2f} nouserok`, permit])), 'unknown')
    assert.equal(verdictOf(rule, two({}, ['requisite pam_duo.so'])), 'unknown')
    assert.equal(verdictOf(rule, two({}, ['sufficient pam_u2f.so nouserok', google])), 'unknown')
    assert.equal(verdictOf(rule, two({}, [u2f, permit])), 'pass')
    // whoever is waved through has shown the code
    assert.equal(verdictOf(rule, two({}, [google, `${u2f} nouserok`])), 'pass')
    assert.deepEqual(complaints(rule, two({ authenticationmethods: 'any' }, [`${u2f} nouserok`, google])), [
      'anna',
      'bea',
    ])
  })

  test('fails where UsePAM is off: then nobody is asked for a code (T33)', () => {
    const off = { usepam: 'no' }
    assert.deepEqual(complaints(rule, two(off, [google])), ['UsePAM'])
    assert.deepEqual(complaints(rule, two(off, commonAuth)), ['UsePAM'])
    assert.deepEqual(complaints(rule, two({ ...off, authenticationmethods: 'any' }, [google])), [
      'UsePAM',
      'anna',
      'bea',
    ])
  })

  test('fails with the code alone, without a key', () => {
    const settings = { authenticationmethods: 'publickey,keyboard-interactive keyboard-interactive:pam' }
    assert.deepEqual(sentences(rule, two(settings, [google])), [
      'anna gets in with the code alone, without a key.',
      'bea gets in with the code alone, without a key.',
    ])
  })

  test('fails with the code alone by way of the password, which PAM takes for the answer', () => {
    const on = { passwordauthentication: 'yes' }
    const lists = `${demanding.authenticationmethods} password`
    for (const authenticationmethods of ['password', lists])
      assert.match(
        sentences(rule, two({ ...on, authenticationmethods }, [google])).join(),
        /anna gets in with the code alone, without a key/,
        authenticationmethods,
      )
    assert.equal(verdictOf(rule, two({ ...on, authenticationmethods: lists }, [google, ...commonAuth])), 'pass')
  })

  test('fails where a login is remembered, and the next needs no code', () => {
    const [sentence] = sentences(rule, two({}, [`${google} grace_period=3600`]))
    assert.match(sentence ?? '', /^PAM does not ask for the code again for some time/)
    assert.equal(verdictOf(rule, two({}, [`${google} grace_period=0`])), 'pass')
  })

  test('fails with a Kerberos ticket alone', () => {
    const lists = `${demanding.authenticationmethods} gssapi-with-mic`
    const settings = { authenticationmethods: lists, gssapiauthentication: 'yes' }
    assert.deepEqual(complaints(rule, two(settings, [google])), ['daemon', 'anna', 'bea'])
    const other = { ...settings, authenticationmethods: lists.replace('gssapi-with-mic', 'gssapi-keyex') }
    assert.deepEqual(complaints(rule, two(other, [google])), ['daemon', 'anna', 'bea'])
    assert.equal(verdictOf(rule, two({ ...settings, gssapiauthentication: 'no' }, [google])), 'pass')
  })

  test('fails with a key that demands no verification beside one that does', () => {
    const verified = loginKey('anna', { type: 'sk-ssh-ed25519@openssh.com', options: 'verify-required' })
    const anna = (...keys: ReturnType<typeof loginKey>[]) => ({
      ...two({ authenticationmethods: 'any', kbdinteractiveauthentication: 'no' }, commonAuth),
      loginKeys: { keys, paths: [] },
    })
    assert.equal(verdictOf(rule, anna(verified)), 'pass')
    assert.deepEqual(complaints(rule, anna(verified, loginKey('anna'))), ['anna'])
    const asked = view({ authenticationmethods: 'any', pubkeyauthoptions: 'verify-required' })
    assert.deepEqual(
      complaints(rule, {
        ...anna({ ...verified, options: '' }, loginKey('bea')),
        effective: { views: [asked], perAccount: false },
      }),
      ['bea'],
    )
  })

  test('a word within a command demands nothing, and an authority demands nothing of the keys it certifies', () => {
    const type = 'sk-ssh-ed25519@openssh.com'
    const anna = (options: string, settings = {}) => ({
      ...two({ authenticationmethods: 'any', kbdinteractiveauthentication: 'no', ...settings }, commonAuth),
      loginKeys: { keys: [loginKey('anna', { type, options })], paths: [] },
    })
    assert.equal(verdictOf(rule, anna('command="x,verify-required,y"')), 'not-applicable')
    assert.equal(verdictOf(rule, anna('command="x,y",verify-required')), 'pass')
    assert.deepEqual(complaints(rule, anna('cert-authority,verify-required')), ['anna'])
    assert.deepEqual(complaints(rule, anna('cert-authority', { pubkeyauthoptions: 'verify-required' })), ['anna'])
  })

  test('passes over accounts that cannot log in: no key, no shell, shut out by a list', () => {
    const base = two({ authenticationmethods: 'publickey,keyboard-interactive publickey', denyusers: 'bea' }, [google])
    assert.deepEqual(complaints(rule, base), ['anna'])
    assert.equal(verdictOf(rule, { ...base, loginKeys: { keys: [loginKey('bea')], paths: [] } }), 'pass')
  })

  test('a hundred keys and a hundred methods do not take for ever', () => {
    const keys = Array.from({ length: 100 }, (_, at) =>
      loginKey('anna', { fingerprint: `SHA256:${at}`, type: at % 2 ? 'ssh-ed25519' : 'sk-ssh-ed25519@openssh.com' }),
    )
    const settings = {
      authenticationmethods: Array.from({ length: 100 }, () => 'publickey').join(','),
      pubkeyauthoptions: 'verify-required',
    }
    assert.deepEqual(complaints(rule, { ...two(settings, [google]), loginKeys: { keys, paths: [] } }), ['anna'])
  })

  test('is unknown where an include is missing, another PAM service is asked, or keys come from elsewhere', () => {
    assert.equal(verdictOfDark(two({}, [google, 'missing common-auth'])), 'unknown')
    assert.equal(verdictOfDark(two({ pamservicename: 'sshd-own' }, [google])), 'unknown')
    assert.equal(verdictOf(rule, two({ trustedusercakeys: '/etc/ssh/ca.pub' }, [google])), 'unknown')
  })
})

/** What the fix makes of /etc/pam.d/sshd, and of sshd's settings. */
const fixed = (changed: Partial<Sections>): string[] =>
  changesOf(rule, changed).flatMap(change =>
    change.kind === 'setting'
      ? [`${change.stage} ${change.keyword} ${change.values.join()}${change.matchAll ? ' for all' : ''}`]
      : change.kind === 'file'
        ? [`${change.stage} ${change.path}`, ...change.content!.trimEnd().split('\n')]
        : [change.kind],
  )
const methods = [
  'open KbdInteractiveAuthentication yes',
  'open AuthenticationMethods publickey keyboard-interactive,publickey',
  'close AuthenticationMethods publickey,keyboard-interactive',
]
/** The same stack in its file and as it was read. */
const stack = (...auth: string[]): Partial<Sections> => ({
  ...two({}, auth),
  pam: {
    ...debian.pam,
    sshd: [
      ...auth.map(line => (line === '@common' ? '@include common-auth' : `auth ${line}`)),
      '@include common-account',
    ],
  },
  ...(auth.includes('@common') && {
    secondFactor: {
      ...two({}, []).secondFactor!,
      auth: auth.flatMap(line => (line === '@common' ? commonAuth : [line])),
    },
  }),
})

describe(`${rule.id}, closed`, () => {
  test('another list, a Match, UsePAM: key and code of everybody', () => {
    const list = { authenticationmethods: 'publickey,keyboard-interactive publickey' }
    assert.deepEqual(fixed(two(list, [google])), methods)
    assert.deepEqual(
      fixed(match({ authenticationmethods: 'publickey' })),
      methods.map(line => (line.includes('Methods') ? `${line} for all` : line)),
    )
    assert.deepEqual(fixed(two({ usepam: 'no' }, [google])), ['open UsePAM yes', ...methods])
  })

  test('PAM: the code demanded, and no password instead of it', () => {
    const wanted = 'auth required pam_google_authenticator.so'
    assert.deepEqual(
      fixed(stack('sufficient pam_google_authenticator.so nullok grace_period=60 secret=/x', '@common')),
      ['close /etc/pam.d/sshd', `${wanted} secret=/x`, '#riegel @include common-auth', '@include common-account'],
    )
    assert.deepEqual(fixed(stack('sufficient pam_unix.so', google)).slice(1, 3), [
      '#riegel auth sufficient pam_unix.so',
      wanted,
    ])
    assert.deepEqual(fixed(stack('optional pam_google_authenticator.so', 'required pam_permit.so')).slice(1, 3), [
      wanted,
      'auth required pam_permit.so',
    ])
  })

  test('what nobody here knows is left to a person', () => {
    const other = '[success=done default=ignore] pam_access.so accessfile=/etc/security/lan.conf'
    assert.match(refusalOf(rule, stack(other, google)), /\/etc\/pam.d\/sshd: by hand/)
    const included = stack('sufficient pam_google_authenticator.so', '@common')
    const sshd = [...included.pam!.sshd, '@include own-auth']
    assert.match(refusalOf(rule, { ...included, pam: { ...included.pam!, sshd } }), /@include own-auth/)
  })

  test('nor is a line that goes on, a choice of two codes, a word another line asks for, or a directory', () => {
    for (const auth of [
      ['sufficient pam_unix.so \\', google],
      [
        'sufficient pam_google_authenticator.so',
        'sufficient pam_oath.so usersfile=/etc/users.oath',
        'sufficient pam_unix.so',
      ],
      ['sufficient pam_unix.so', `${google} use_first_pass`],
      ['sufficient pam_sss.so', google],
    ])
      assert.match(refusalOf(rule, stack(...auth)), /: by hand$/, auth[0])
  })

  test('a password that is no longer asked for was a factor where no key was: a key is asked for then', () => {
    const some = stack(`${google} grace_period=60`, '@common')
    const effective = {
      views: [view({ ...demanding, authenticationmethods: 'keyboard-interactive' })],
      perAccount: false,
    }
    assert.deepEqual(fixed({ ...some, effective }).slice(-3), methods)
  })

  test('who was left out on purpose stays so', () => {
    const left = match({ authenticationmethods: 'publickey' })
    const files = left.sshd!.files.map(file =>
      file.lines.some(line => line.startsWith('Match User')) ? { ...file, path: dropIn } : file,
    )
    assert.match(refusalOf(rule, { ...left, sshd: { ...left.sshd!, files } }), /left out by --except: bea/)
  })

  test('nothing of its own while a second factor is set up or switched off', () => {
    const list = two({ authenticationmethods: 'publickey,keyboard-interactive publickey' }, [google])
    assert.deepEqual(changesOf(rule, list, { secondFactor: { accounts: ['anna'], except: [] } }), [])
  })
})

/** A rule that finds itself in the dark throws; whoever judges makes an unknown of it. */
const verdictOfDark = (changed: Partial<Sections>): string => {
  try {
    return verdictOf(rule, changed)
  } catch (error) {
    return error instanceof Error && 'because' in error ? 'unknown' : 'thrown'
  }
}
