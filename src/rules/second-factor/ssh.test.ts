import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  changesOf,
  complaints,
  debian,
  effective,
  loginKey,
  refusalOf,
  sentences,
  verdictOf,
  view,
  withAnna,
} from '../../../test/fixtures/facts.js'
import { dropIn } from '../../model/drop-in.js'
import { allowKeyAlone, isAskingForCode, pamWithCode } from '../../model/second-factor.js'
import rule from './ssh.js'

const asks = (authenticationmethods: string) =>
  effective({ authenticationmethods, kbdinteractiveauthentication: 'yes' })
const both = 'publickey,keyboard-interactive'
const codes = { secondFactor: { accounts: ['anna'], except: ['backup'] } }

describe(rule.id, () => {
  test('passes where every way asks for key and code', () => {
    assert.equal(verdictOf(rule, { ...withAnna(), effective: asks(both) }), 'pass')
    assert.equal(verdictOf(rule, { ...withAnna(), effective: asks(`${both} publickey,password`) }), 'pass')
  })
  test('passes with security keys whose PIN sshd demands', () => {
    const keys = [loginKey('anna', { type: 'sk-ssh-ed25519@openssh.com' })]
    const loginKeys = { keys, paths: [] }
    const demanded = effective({ pubkeyauthoptions: 'verify-required' })
    assert.equal(verdictOf(rule, { ...withAnna(), loginKeys, effective: demanded }), 'pass')
    assert.deepEqual(complaints(rule, { ...withAnna(), loginKeys }), ['anna'])
    const own = { keys: keys.map(key => ({ ...key, options: 'verify-required,no-pty' })), paths: [] }
    assert.equal(verdictOf(rule, { ...withAnna(), loginKeys: own }), 'pass')
    for (const options of ['command="x,verify-required,y"', 'cert-authority,verify-required']) {
      const loose = { keys: keys.map(key => ({ ...key, options })), paths: [] }
      assert.deepEqual(complaints(rule, { ...withAnna(), loginKeys: loose }), ['anna'], options)
    }
    const second = { keys: [...keys, loginKey('anna')], paths: [] }
    assert.deepEqual(complaints(rule, { ...withAnna(), loginKeys: second, effective: demanded }), ['anna'])
  })
  test('fails for each account that one factor lets in, two keys included', () => {
    assert.deepEqual(sentences(rule, withAnna()), ['anna gets in with one factor alone (key).'])
    assert.deepEqual(complaints(rule, { ...withAnna(), effective: asks('publickey,publickey') }), ['anna'])
    assert.deepEqual(complaints(rule, { ...withAnna(), effective: asks(`${both} publickey`) }), ['anna'])
    assert.deepEqual(complaints(rule, { ...withAnna(), effective: asks('any') }), ['anna'])
  })
  test('fails for the account that a Match leaves out', () => {
    const views = withAnna().accounts.map(({ name }) => ({
      ...view({ authenticationmethods: name === 'anna' ? 'publickey' : both }),
      user: name,
    }))
    assert.deepEqual(complaints(rule, { ...withAnna(), effective: { views, perAccount: true } }), ['anna'])
  })
  test('does not apply where nobody can log in', () => {
    const loginKeys = { keys: [], paths: [] }
    assert.equal(
      verdictOf(rule, { loginKeys, effective: effective({ passwordauthentication: 'no' }) }),
      'not-applicable',
    )
  })

  test('is unknown where keys come from elsewhere, unless everybody is asked for both', () => {
    const keys = [loginKey('anna', { type: 'sk-ssh-ed25519@openssh.com', options: 'verify-required' })]
    const ca = (more: Record<string, string>) => effective({ trustedusercakeys: '/etc/ssh/ca.pub', ...more })
    const seen = { ...withAnna(), loginKeys: { keys, paths: [] } }
    assert.equal(verdictOf(rule, { ...seen, effective: ca({}) }), 'unknown')
    const demanded = ca({ authenticationmethods: both, kbdinteractiveauthentication: 'yes' })
    assert.equal(verdictOf(rule, { ...seen, effective: demanded }), 'pass')
  })

  test('is unknown where somebody may come by a way that is not seen, though nobody has a key or a password', () => {
    const loginKeys = { keys: [], paths: [] }
    const of = (settings: Record<string, string>) => verdictOf(rule, { loginKeys, effective: effective(settings) })
    for (const keyword of ['authorizedkeyscommand', 'trustedusercakeys'])
      assert.equal(of({ [keyword]: '/etc/ssh/x' }), 'unknown')
    for (const keyword of ['gssapiauthentication', 'hostbasedauthentication']) {
      assert.equal(of({ [keyword]: 'yes' }), 'unknown')
      assert.equal(of({ [keyword]: 'yes', authenticationmethods: 'publickey password' }), 'not-applicable')
      assert.equal(of({ [keyword]: 'yes', allowusers: 'root', permitrootlogin: 'no' }), 'not-applicable')
    }
    assert.equal(of({ gssapiauthentication: 'yes', authenticationmethods: 'gssapi-keyex' }), 'unknown')
    assert.equal(of({ gssapiauthentication: 'yes', authenticationmethods: 'gssapi-with-mic,password' }), 'pass')
  })

  test('is not set up in passing, without a secret that was scanned', () => {
    assert.match(refusalOf(rule, withAnna()), /riegel second-factor/)
  })
  test('asks for the code only in the end; until then a key alone does, and the code can be proven', () => {
    const set = changesOf(rule, withAnna(), codes).flatMap(change =>
      change.kind === 'setting'
        ? [`${change.stage} ${change.match ?? ''} ${change.keyword} ${change.values.join()}`]
        : [],
    )
    assert.deepEqual(set, [
      'open  KbdInteractiveAuthentication yes',
      'open  AuthenticationMethods publickey keyboard-interactive,publickey',
      'close  AuthenticationMethods publickey,keyboard-interactive',
      'open User backup AuthenticationMethods publickey',
    ])
  })
  test('whoever was left out before is asked as well, once they set up a code', () => {
    const own = {
      ...debian.sshd.files[0]!,
      path: dropIn,
      lines: ['Match User anna', '  AuthenticationMethods publickey'],
    }
    const sshd = { ...debian.sshd, files: [...debian.sshd.files, own] }
    const set = changesOf(rule, { ...withAnna(), sshd }, codes).flatMap(change =>
      change.kind === 'setting' && change.match === 'User anna' ? [`${change.stage} ${change.values.join()}`] : [],
    )
    assert.deepEqual(set, ['open publickey keyboard-interactive,publickey', 'close publickey,keyboard-interactive'])
  })
  test('refuses where UsePAM is off, and where the stack is not the one of Debian', () => {
    assert.match(refusalOf(rule, { ...withAnna(), effective: effective({ usepam: 'no' }) }, codes), /UsePAM is off/)
    const pam = { ...debian.pam, sshd: ['auth sufficient pam_ldap.so', '@include common-auth'] }
    assert.match(refusalOf(rule, { ...withAnna(), pam }, codes), /not Debian's any more: auth sufficient pam_ldap/)
    assert.match(refusalOf(rule, { ...withAnna(), pam: { ...debian.pam, sshd: [] } }, codes), /common-auth is missing/)
  })
  test('switched off: as it was, and the two together are no change', () => {
    const on = pamWithCode(debian.pam)
    assert.ok('content' in on)
    const pam = { ...debian.pam, sshd: on.content.trimEnd().split('\n') }
    const changes = allowKeyAlone({ sshd: debian.sshd, pam })
    assert.deepEqual(
      changes.map(change => (change.kind === 'file' ? change.content : change.kind === 'setting' && change.values)),
      [`${debian.pam.sshd.join('\n')}\n`, ['no'], ['publickey']],
    )
    assert.ok(!changes.some(isAskingForCode))
    assert.match(refusalOf(rule, withAnna(), { secondFactor: { accounts: [], except: [] } }), /riegel second-factor/)
  })
  test('PAM asks for the code instead of the password, and is left alone the second time', () => {
    const first = pamWithCode(debian.pam)
    assert.ok('content' in first)
    assert.match(first.content, /^auth required pam_google_authenticator\.so secret=\S+ user=root allow_readonly$/m)
    assert.doesNotMatch(first.content, /^@include common-auth|nullok/m)
    assert.deepEqual(pamWithCode({ ...debian.pam, sshd: first.content.trimEnd().split('\n') }), first)
  })
})
