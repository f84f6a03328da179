import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  annasSudo,
  complaints,
  debian,
  effective,
  facts,
  loginKey,
  refusalOf,
  sshdWith,
  verdictOf,
  view,
  withAnna,
} from '../../test/fixtures/facts.js'
import { rules } from '../rules/index.js'
import { judgeAll } from '../rules/judge.js'
import { listsLetInFromHere, shutsOutAfter, viewsFor, viewsOf } from './logins.js'
import type { RuleId } from './rule.js'

const byId = (id: string) => rules.find(rule => rule.id === id)!
const because = (id: RuleId, changed: Parameters<typeof facts>[0]): string => {
  const { verdict, because: why } = judgeAll([byId(id)], facts(changed))[0]!.finding
  assert.equal(verdict, 'unknown', id)
  return why?.en ?? ''
}

describe('how many refused logins an address may have', () => {
  const after = (penalties: string, refusals: number) =>
    shutsOutAfter({ views: [view({ persourcepenalties: penalties })], perAccount: false }, refusals)
  test('by what sshd adds up for each, and where it begins', () => {
    const usual = 'crash:90.000 authfail:5.000 noauth:1.000 max:600.000 min:15.000'
    assert.deepEqual([after(usual, 2), after(usual, 3)], [false, true])
    assert.equal(after('crash:90 authfail:10 noauth:5 max:60 min:5', 1), true)
    assert.deepEqual([after('no', 9), after('', 9)], [false, false])
  })
})

describe('an account that sshd was not asked about', () => {
  const effective = { views: [view()], perAccount: true }
  test('is not shut: what judges it is unknown', () => {
    assert.equal(viewsOf(effective, 'root').length, 1)
    assert.throws(() => viewsOf(effective, 'anna'), /sshd was not asked about anna/)
    assert.deepEqual(viewsFor(effective, 'anna'), [])
    for (const id of [
      'keys/password-login',
      'keys/keyboard-interactive-password',
      'names/default-login-account',
    ] as const)
      assert.match(because(id, { effective, ...withAnna() }), /not asked about/)
  })
})

describe('a ban of one place', () => {
  const open = { permitrootlogin: 'yes', passwordauthentication: 'yes' }
  const of = (id: RuleId, denyusers: string) =>
    verdictOf(byId(id), { ...withAnna(), sudo: annasSudo('NOPASSWD'), effective: effective({ ...open, denyusers }) })
  test('shuts nobody out who may come from another', () => {
    const ids = [
      'root/ssh-login',
      'keys/password-login',
      'root/passwordless-sudo',
      'root/docker-group-member',
      'second-factor/ssh',
    ] as const
    for (const host of ['203.0.113.66', '10.0.0.0/8', '2001:db8::/32', '*.example.com', '198.51.100.7']) {
      const verdicts = ids.map(id => of(id, `*@${host}`))
      assert.deepEqual(verdicts, ['fail', 'fail', 'fail', 'pass', 'fail'], host)
      assert.equal(of('root/keys-left-behind', `root@${host}`), 'not-applicable', host)
    }
  })
  test('everywhere, it does', () => {
    for (const denyusers of ['*', '*@*', 'anna root@*']) {
      assert.equal(of('root/ssh-login', denyusers), 'pass')
      assert.equal(of('second-factor/ssh', denyusers), 'not-applicable')
    }
  })
  test('whoever is banned where the operator is cannot be the account that is proven', () => {
    const may = (denyusers: string) =>
      listsLetInFromHere(view({ denyusers }), { ...debian.accounts[0]!, name: 'anna', groups: [] })
    for (const host of ['198.51.100.7', '198.51.100.0/24', '*.example.com', '!192.0.2.1,*', '*'])
      assert.equal(may(`anna@${host}`), false, host)
    for (const one of ['*@203.0.113.66', 'anna@2001:db8::1', 'bea@198.51.100.7', 'bea'])
      assert.equal(may(one), true, one)
  })
})

describe('a password that /etc/shadow does not have', () => {
  const anna = withAnna({ password: 'unseen', groups: ['docker'] })
  const keyless = { accounts: anna.accounts, loginKeys: debian.loginKeys }
  const judged = (id: RuleId, more: Parameters<typeof facts>[0]) =>
    verdictOf(byId(id), { effective: effective({ passwordauthentication: 'yes' }), ...more })
  test('lets in, for all that is known', () => {
    const sudo = annasSudo('NOPASSWD')
    for (const id of ['root/passwordless-sudo', 'root/docker-group-member', 'second-factor/ssh'] as const)
      assert.equal(judged(id, { ...keyless, sudo }), 'fail', id)
    const accounts = keyless.accounts.map(one => (one.name === 'anna' ? { ...one, name: 'ubuntu' } : one))
    assert.equal(judged('names/default-login-account', { ...keyless, accounts }), 'fail')
  })
  test('makes nobody an admin who has to type one', () => {
    assert.equal(judged('root/no-ordinary-admin', { ...anna, sudo: annasSudo() }), 'fail')
    assert.equal(judged('root/no-ordinary-admin', { ...anna, sudo: annasSudo('NOPASSWD') }), 'pass')
  })
})

describe('accounts that a directory keeps', () => {
  const system = { ...debian.system, accountServices: ['sss'] }
  const outside = { passwordauthentication: 'yes', kbdinteractiveauthentication: 'yes', allowgroups: 'domain-admins' }
  const ids = [
    'keys/password-login',
    'keys/keyboard-interactive-password',
    'keys/weak-authorized-key',
    'root/ssh-login',
    'root/keys-left-behind',
    'root/passwordless-sudo',
    'root/docker-group-member',
    'root/no-ordinary-admin',
    'root/extra-uid-zero',
    'names/default-login-account',
    'second-factor/ssh',
  ] as const
  test('may come in where sshd lets them: nothing is fine or absent', () => {
    for (const id of ids) {
      assert.match(because(id, { system, effective: effective(outside) }), /names sss: who gets in from there/, id)
      assert.notEqual(verdictOf(byId(id), { effective: effective(outside) }), 'unknown', id)
    }
  })
  test('an operator who is not listed shows that there are some', () => {
    const deploy = { ...debian.system, operator: 'deploy' }
    assert.match(because('root/extra-uid-zero', { system: deploy }), /deploy is not in the list of accounts/)
    const { accountServices: _, ...earlier } = debian.system
    assert.equal(verdictOf(byId('root/extra-uid-zero'), { system: earlier }), 'pass')
  })
  test('are shut out like everybody where no password is taken at all, and where AllowUsers names the listed alone', () => {
    const of = (id: RuleId, settings: Record<string, string>) =>
      verdictOf(byId(id), { ...withAnna(), system, effective: effective(settings), sudo: annasSudo('PASSWD') })
    assert.deepEqual([of('keys/password-login', {}), of('root/ssh-login', { permitrootlogin: 'no' })], ['pass', 'pass'])
    const both = { ...outside, authenticationmethods: 'publickey,password publickey,keyboard-interactive' }
    for (const id of ['keys/password-login', 'keys/keyboard-interactive-password', 'second-factor/ssh'] as const)
      assert.equal(of(id, both), 'pass', id)
    assert.equal(of('names/default-login-account', { allowusers: 'anna' }), 'pass')
    assert.equal(of('root/passwordless-sudo', { allowusers: 'anna root@192.0.2.1' }), 'pass')
    for (const allowusers of ['anna svc', 'anna s*'])
      assert.equal(of('names/default-login-account', { allowusers }), 'unknown', allowusers)
  })
  test('with a Match, a view says nothing of those who are not listed, but the files may', () => {
    const views = debian.accounts.map(({ name }) => view({}, name))
    const of = (...lines: string[]) =>
      verdictOf(byId('keys/password-login'), {
        system,
        effective: { views, perAccount: true },
        sshd: sshdWith(...lines),
      })
    const no = 'PasswordAuthentication no'
    assert.equal(of(no, 'Match Group mail', 'X11Forwarding no'), 'pass')
    assert.equal(of(no, 'Match Group ldapusers', 'PasswordAuthentication yes'), 'unknown')
    assert.equal(of('Match Group locals', no), 'unknown')
    const named = [...views, view({ passwordauthentication: 'yes' }, 'svc_ldap')]
    const whom = { effective: { views: named, perAccount: true }, sshd: sshdWith(no, 'Match User svc_ldap') }
    assert.deepEqual(complaints(byId('keys/password-login'), { system, ...whom }), ['svc_ldap'])
    assert.equal(verdictOf(byId('keys/password-login'), whom), 'pass')
  })
  test('leave open what could not be read back', () => {
    const open = { ...withAnna(), system, sudo: annasSudo('NOPASSWD'), effective: effective({}) }
    assert.match(refusalOf(byId('root/passwordless-sudo'), open), /names sss/)
    const accounts = open.accounts.map(one => (one.name === 'anna' ? { ...one, name: 'ubuntu' } : one))
    const loginKeys = { keys: [loginKey('ubuntu')], paths: [] }
    assert.match(refusalOf(byId('names/default-login-account'), { ...open, accounts, loginKeys }), /names sss/)
  })
})

describe('keys that come from elsewhere', () => {
  const set = (keyword: string) => ({ effective: { views: [view({ [keyword]: '/usr/bin/keys' })], perAccount: false } })
  const relying = [
    'names/default-login-account',
    'root/passwordless-sudo',
    'root/docker-group-member',
    'root/no-ordinary-admin',
    'keys/weak-authorized-key',
  ] as const
  test('what relies on knowing who gets in by key is unknown, with the reason', () => {
    for (const id of relying) {
      assert.match(because(id, set('authorizedkeyscommand')), /AuthorizedKeysCommand is set/)
      assert.match(because(id, set('trustedusercakeys')), /TrustedUserCAKeys is set/)
      assert.notEqual(
        verdictOf(byId(id), { effective: { views: [view({ trustedusercakeys: 'none' })], perAccount: false } }),
        'unknown',
      )
    }
  })
  test('what was found all the same is still found', () => {
    const loginKeys = { ...debian.loginKeys, keys: withAnna().loginKeys.keys.map(key => ({ ...key, type: 'ssh-dss' })) }
    assert.equal(verdictOf(byId('keys/weak-authorized-key'), { ...set('trustedusercakeys'), loginKeys }), 'fail')
  })
})
