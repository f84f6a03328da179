import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, sentences, verdictOf, view } from '../../../test/fixtures/facts.js'
import type { PasswordPolicyFacts } from '../../model/facts.js'
import rule from './lax-policy.js'

const open = { views: [view({ passwordauthentication: 'yes' })], perAccount: false }
const policy = (pam: readonly string[], conf: Readonly<Record<string, string>> = {}) => ({
  effective: open,
  passwordPolicy: {
    pam,
    pwquality: Object.entries(conf).map(([name, value]) => ({ name, value })),
  } satisfies PasswordPolicyFacts,
})
const unix = '[success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass yescrypt'
const length = (...given: Parameters<typeof policy>) =>
  Number(/\d+/.exec(sentences(rule, policy(...given))[0] ?? '')?.[0])

describe(rule.id, () => {
  test('passes from 15 characters on, whichever module asks for them', () => {
    for (const given of [
      [['requisite pam_pwquality.so retry=3 minlen=15', unix]],
      [['requisite pam_pwquality.so retry=3', unix], { minlen: '20' }],
      [[unix.replace('obscure', 'minlen=15')]],
      [['requisite pam_cracklib.so minlen=19', unix]],
      [['required pam_passwdqc.so min=disabled,24,20,16,15', unix]],
      [['requisite /usr/lib/security/pam_pwquality.so minlen=16', unix]],
    ] as Parameters<typeof policy>[])
      assert.equal(verdictOf(rule, policy(...given)), 'pass', JSON.stringify(given))
  })

  test('fails with what a distribution brings, and says the length', () => {
    assert.equal(length([unix]), 6)
    assert.equal(length(['requisite pam_pwquality.so retry=3', unix]), 8)
    assert.equal(length(['requisite pam_cracklib.so retry=3 minlen=8 difok=3', unix]), 6)
    assert.equal(length(['required pam_passwdqc.so', unix]), 7)
    assert.deepEqual(complaints(rule, policy([unix])), ['length'])
  })

  test('a module that only warns asks for nothing', () => {
    assert.equal(length(['requisite pam_pwquality.so', unix], { minlen: '16', enforcing: '0' }), 6)
    assert.equal(length(['requisite pam_pwquality.so minlen=16 enforcing=0', unix]), 6)
    assert.equal(length(['optional pam_pwquality.so minlen=16', 'sufficient pam_unix.so']), 6)
    assert.equal(length(['sufficient pam_cracklib.so minlen=20', unix]), 6)
    assert.equal(length(['[default=ignore] pam_pwquality.so minlen=16', unix]), 6)
    assert.equal(length(['[default=die maxtries=ignore] pam_pwquality.so minlen=16', unix]), 6)
    assert.equal(length(['required pam_passwdqc.so min=disabled,24,20,16,15 enforce=none', unix]), 6)
    assert.equal(verdictOf(rule, policy(['optional pam_pwquality.so minlen=16'])), 'unknown')
    const conf = { minlen: '16', enforcing: '0' }
    for (const given of [
      [['requisite pam_pwquality.so enforcing=1', unix], conf],
      [['requisite pam_pwquality.so', unix], { ...conf, enforcing: '1' }],
      [['[success=ok default=die] pam_pwquality.so minlen=16', unix]],
      [['optional pam_pwquality.so minlen=8', 'required pam_pwquality.so minlen=16', unix]],
    ] as Parameters<typeof policy>[])
      assert.equal(verdictOf(rule, policy(...given)), 'pass', JSON.stringify(given))
  })

  test('a password may be shorter by what its characters are credited, and the milder of two settings counts', () => {
    assert.equal(length(['requisite pam_pwquality.so minlen=16 dcredit=2 ucredit=-1', unix]), 14)
    assert.equal(length(['requisite pam_pwquality.so', unix], { minlen: '16', ocredit: '2' }), 14)
    const twice = policy(['requisite pam_pwquality.so', unix])
    const pwquality = ['20', '10'].map(value => ({ name: 'minlen', value }))
    assert.match(sentences(rule, { ...twice, passwordPolicy: { ...twice.passwordPolicy, pwquality } })[0]!, / 10 /)
  })

  test('keyboard-interactive counts where PAM asks for a password there, not where it asks for a code', () => {
    const effective = { views: [view({ kbdinteractiveauthentication: 'yes' })], perAccount: false }
    const by = (...auth: string[]) =>
      verdictOf(rule, {
        ...policy([unix]),
        effective,
        secondFactor: { auth, modules: ['pam_google_authenticator.so'], enrolled: [] },
      })
    assert.equal(by('required pam_unix.so'), 'fail')
    assert.equal(by('required pam_google_authenticator.so'), 'not-applicable')
    assert.equal(by('required pam_google_authenticator.so', 'required pam_unix.so'), 'fail')
    assert.equal(by('sufficient pam_unix.so', 'required pam_google_authenticator.so'), 'fail')
  })

  test('does not apply where nobody logs in with a password', () => {
    assert.equal(verdictOf(rule), 'not-applicable')
    const interactive = { views: [view({ kbdinteractiveauthentication: 'yes' })], perAccount: false }
    assert.equal(verdictOf(rule, { effective: interactive }), 'fail')
  })

  test('a stack that says no length is unknown', () => {
    assert.equal(verdictOf(rule, policy([])), 'unknown')
    assert.equal(verdictOf(rule, policy(['sufficient pam_sss.so use_authtok'])), 'unknown')
  })
})
