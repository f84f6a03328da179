import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, debian, effective, refusalOf, verdictOf } from '../../../test/fixtures/facts.js'
import type { GuessGuardFacts } from '../../model/facts.js'
import rule from './no-guess-guard.js'

const old = { sshd: { ...debian.sshd, release: 9.2 } }
const guard = (changed: Partial<GuessGuardFacts>) => ({ ...old, guessGuard: { ...debian.guessGuard, ...changed } })
const jail = {
  ports: ['ssh'],
  journal: true,
  logPaths: [],
  ignore: [],
  maxRetry: 5,
  banTime: 600,
  banned: [],
  actions: ['nftables'],
}

describe(rule.id, () => {
  test('passes where sshd itself slows guessing down', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(verdictOf(rule, { sshd: { ...debian.sshd, release: 9.8 } }), 'pass')
  })

  test('passes with fail2ban watching sshd, CrowdSec or sshguard', () => {
    const fail2ban = { installed: true, active: true, enabled: true, jail }
    for (const changed of [{ fail2ban }, { crowdsec: true, bouncer: true }, { sshguard: true }])
      assert.equal(verdictOf(rule, guard(changed)), 'pass')
  })

  test('fails before 9.8 without a guard, or with one that does not watch sshd', () => {
    assert.deepEqual(complaints(rule, old), ['guard'])
    const fail2ban = { installed: true, active: true, enabled: true, jail: null }
    assert.deepEqual(complaints(rule, guard({ fail2ban })), ['guard'])
  })

  test('is unknown with CrowdSec and no bouncer of its own: that only sees', () => {
    assert.equal(verdictOf(rule, guard({ crowdsec: true, bouncer: false })), 'unknown')
    assert.equal(verdictOf(rule, guard({ crowdsec: true })), 'unknown')
  })

  test('fails where the penalties are off or spare everybody', () => {
    assert.deepEqual(complaints(rule, { effective: effective({ persourcepenalties: 'no' }) }), ['guard'])
    assert.deepEqual(complaints(rule, { effective: effective({ persourcepenaltyexemptlist: '::/0' }) }), ['guard'])
  })

  test('fix: installs fail2ban with the journal, on the new port, the operator spared', () => {
    assert.deepEqual(changesOf(rule, old), [
      { kind: 'package', stage: 'after', name: 'python3-systemd' },
      { kind: 'package', stage: 'after', name: 'fail2ban' },
      {
        kind: 'file',
        stage: 'after',
        path: '/etc/fail2ban/jail.d/zz-riegel-guard.local',
        content: '[sshd]\nenabled = true\nbackend = systemd\nport = 411\nignoreip = 127.0.0.1/8 ::1 198.51.100.7\n',
        mode: 0o644,
        effect: 'fail2ban',
      },
      { kind: 'service', stage: 'after', unit: 'fail2ban.service' },
    ])
  })

  test('fix refuses without apt', () => {
    assert.match(refusalOf(rule, { ...old, system: { ...debian.system, tools: [] } }), /apt only/)
  })
})
