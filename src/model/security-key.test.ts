import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  account,
  annasKey,
  choices,
  debian,
  effective,
  loginKey,
  sections,
  view,
  withAnna,
} from '../../test/fixtures/facts.js'
import { closeBypasses } from './bypass.js'
import type { Change, Choices } from './change.js'
import { dropIn } from './drop-in.js'
import type { Sections } from './facts.js'
import { exceptedIn, isVerified, oneFactor, oneFactorLeft } from './second-factor.js'
import { allowEveryKey, needsSecurityKey, requireSecurityKey, takesType } from './security-key.js'

const sk = 'sk-ssh-ed25519@openssh.com'
const line = `${sk} AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBmKzSEkdkpPpgtSAK4UcQfnluJxh+Mry8EJAcDIuxcmAAAABHNzaDo= a`
const print = 'SHA256:koEe4xRlHRlqc7W0mICzrowpzJxbxsXNe5uMh1jLjLM'
const both = 'sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com'
const demanded = {
  pubkeyacceptedalgorithms: both,
  pubkeyauthoptions: 'verify-required',
  authenticationmethods: 'publickey',
}
const wanted = (changed: Partial<Choices> = {}) =>
  choices({ keys: [line], secondFactor: { accounts: ['anna'], except: [], by: 'security-key' }, ...changed })
const planned = (facts: Partial<Sections> = {}, chosen = wanted()) =>
  requireSecurityKey(sections({ ...withAnna(), ...facts }), chosen)
const told = (changes: readonly Change[] | object): string[] => {
  assert.ok(Array.isArray(changes), JSON.stringify(changes))
  return (changes as readonly Change[]).map(change =>
    change.kind === 'setting'
      ? `${change.stage} ${change.match}: ${change.keyword} ${change.values.join()}`
      : change.kind === 'account-keys'
        ? `${change.stage} ${change.path}: ${change.keys.join()}`
        : change.kind,
  )
}
const refusal = (answer: readonly Change[] | { readonly refuse: { readonly en: string } }): string =>
  'refuse' in answer ? answer.refuse.en : ''

describe('requireSecurityKey', () => {
  test('the key comes first, bound to its PIN; only then the others of this account count no more', () => {
    assert.deepEqual(told(planned()), [
      `open /home/anna/.ssh/authorized_keys: verify-required ${line}`,
      'close User anna: AuthenticationMethods publickey',
      `close User anna: PubkeyAcceptedAlgorithms ${both}`,
      'close User anna: PubkeyAuthOptions verify-required',
    ])
  })
  test('a second one beside it is no more than its line; the same again is nothing', () => {
    assert.deepEqual(told(planned({ effective: effective(demanded) })), [
      `open /home/anna/.ssh/authorized_keys: verify-required ${line}`,
    ])
    const keys = [loginKey('anna', { type: sk, fingerprint: print })]
    assert.deepEqual(told(planned({ effective: effective(demanded), loginKeys: { keys, paths: [] } })), [])
  })
  test('where a password would do beside it, its methods are set as well', () => {
    const loose = { ...demanded, authenticationmethods: 'any' }
    assert.ok(
      told(planned({ effective: effective(loose) })).includes('close User anna: AuthenticationMethods publickey'),
    )
  })
  test('the list has its old name up to 8.4, and before that there is no PIN', () => {
    const sshd = (release: number) => ({ sshd: { ...debian.sshd, release } })
    assert.match(told(planned(sshd(8.4))).join(), /PubkeyAcceptedKeyTypes sk-/)
    assert.match(refusal(planned(sshd(8.2))), /too old there for the PIN of a security key \(8\.2/)
    const { pubkeyauthoptions: _, ...settings } = view().settings
    const silent = { views: [{ ...view(), settings }], perAccount: false }
    assert.match(refusal(planned({ effective: silent })), /too old/)
  })
  test('a kind that this sshd does not take, and a key that is none, are refused', () => {
    const strict = effective({ pubkeyacceptedalgorithms: 'ssh-ed25519,sk-ecdsa-sha2-nistp256@openssh.com' })
    assert.match(refusal(planned({ effective: strict })), /does not take keys of this kind/)
    assert.match(refusal(planned({}, wanted({ keys: [annasKey] }))), /does not take keys of this kind/)
  })
})

describe('allowEveryKey', () => {
  const own = (...lines: string[]) => ({
    sshd: { ...debian.sshd, files: [...debian.sshd.files, { ...debian.sshd.files[0]!, path: dropIn, lines }] },
  })
  const block = ['# Written by Riegel (x)', 'Match User anna', `  PubkeyAcceptedAlgorithms ${both}`]
  const off = (facts: Partial<Sections>) => allowEveryKey(sections({ ...withAnna(), ...facts }), wanted())
  test("takes the account's lines out of Riegel's own file", () => {
    assert.deepEqual(told(off(own(...block))), [
      'close User anna: AuthenticationMethods ',
      'close User anna: PubkeyAcceptedAlgorithms ',
      'close User anna: PubkeyAuthOptions ',
    ])
  })
  test('whoever has no code is not asked for one', () => {
    const coded = effective({ authenticationmethods: 'publickey,keyboard-interactive' })
    assert.ok(!told(off({ ...own(...block), effective: coded })).some(one => one.includes('AuthenticationMethods')))
  })
  test('what somebody else demands is left to them', () => {
    assert.match(refusal(off({})), /not Riegel's file/)
  })
})

describe('beside a code', () => {
  const lines = ['Match User anna', '  AuthenticationMethods publickey', '  PubkeyAuthOptions verify-required']
  test('whom a security key is asked of was not left out', () => {
    const file = { ...debian.sshd.files[0]!, path: dropIn }
    const backup = ['Match User backup', '  AuthenticationMethods publickey']
    assert.deepEqual(exceptedIn([{ ...file, lines: [...backup, ...lines] }]), ['backup'])
  })
  test('nobody else is asked for a code where there is none', () => {
    const answer = closeBypasses(sections({ ...withAnna(), effective: effective({}) }), [{ key: 'otto', values: {} }])
    assert.match(refusal(answer), /each account by itself: riegel second-factor \(otto\)/)
  })
})

describe('which keys count', () => {
  test('by the list of sshd, RSA by the signatures it makes, an authority by the certificates', () => {
    const takes = (list: string, type: string, options = '') =>
      takesType(view({ pubkeyacceptedalgorithms: list }), { type, options })
    assert.ok(takes('rsa-sha2-512', 'ssh-rsa'))
    assert.ok(!takes('rsa-sha2-512-cert-v01@openssh.com', 'ssh-rsa'))
    assert.ok(takes('ssh-ed25519-cert-v01@openssh.com', 'ssh-rsa', 'cert-authority'))
    assert.ok(!takes(both, 'ssh-ed25519', 'cert-authority'))
    assert.ok(!takes(both, 'ssh-ed25519'))
    assert.ok(takesType({ ...view(), settings: {} }, { type: 'ssh-ed25519', options: '' }), 'where it does not say')
  })
  test('a key in a file is no way in where only security keys are', () => {
    const keys = [loginKey('anna'), loginKey('anna', { type: sk, fingerprint: print })]
    const anna = account('anna', 1000)
    assert.equal(oneFactor(view(demanded), anna, true, keys), false)
    assert.equal(oneFactor(view({ pubkeyauthoptions: 'verify-required' }), anna, true, keys), true)
    assert.equal(oneFactor(view({ pubkeyacceptedalgorithms: both }), anna, true, keys), true, 'without the PIN')
  })
  test('an authority says nothing of the keys it certifies', () => {
    assert.ok(!isVerified(view(demanded), loginKey('anna', { type: sk, options: 'cert-authority' })))
    assert.ok(isVerified(view(demanded), loginKey('anna', { type: sk })))
  })
  test('needed: only where every view says so', () => {
    assert.ok(needsSecurityKey(effective(demanded), 'anna'))
    const views = [view(demanded, 'anna'), view({}, 'anna')]
    assert.ok(!needsSecurityKey({ views, perAccount: true }, 'anna'))
    assert.ok(!needsSecurityKey({ views: [view(demanded, 'otto')], perAccount: true }, 'anna'), 'nobody was asked')
    assert.ok(!needsSecurityKey(effective({ ...demanded, pubkeyauthoptions: 'none' }), 'anna'))
  })
  test('who else gets in with one factor', () => {
    const accounts = [...debian.accounts, account('anna', 1000), account('otto', 1001)]
    const loginKeys = { keys: [loginKey('anna'), loginKey('otto')], paths: [] }
    const facts = sections({ accounts, loginKeys, effective: effective({ passwordauthentication: 'no' }) })
    assert.deepEqual(oneFactorLeft(facts, ['anna']), ['otto'])
    assert.deepEqual(oneFactorLeft(facts, ['anna', 'otto']), [])
  })
})
