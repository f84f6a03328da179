import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  changesOf,
  complaints,
  debian,
  effective,
  leavesOf,
  refusalOf,
  verdictOf,
} from '../../../test/fixtures/facts.js'
import type { GuessGuardFacts } from '../../model/facts.js'
import rule from './guard-asleep.js'

type Fail2ban = GuessGuardFacts['fail2ban']

const jail: NonNullable<Fail2ban['jail']> = {
  ports: ['ssh'],
  journal: true,
  logPaths: [],
  ignore: ['127.0.0.0/8', '::1'],
  maxRetry: 5,
  banTime: 600,
  banned: [],
  actions: ['nftables-multiport'],
}
const guard = (changed: Partial<Fail2ban>, more: Partial<GuessGuardFacts> = {}) => ({
  guessGuard: {
    ...debian.guessGuard,
    fail2ban: { installed: true, active: true, enabled: true, jail, ...changed },
    ...more,
  },
})
const jailed = (changed: Partial<typeof jail>) => guard({ jail: { ...jail, ...changed } })
/** A jail that reads files, with their ages in seconds. */
const logged = (files: readonly (readonly [string, number])[]) =>
  jailed({
    journal: false,
    logPaths: ['/var/log/auth.log'],
    logs: files.map(([path, age]) => ({ path, modified: debian.system.now - age })),
  })
const old = { sshd: { ...debian.sshd, release: 9.2 } }

describe(rule.id, () => {
  test('passes where the jail watches the port of sshd and reads the journal', () => {
    assert.equal(verdictOf(rule, jailed({})), 'pass')
  })

  test('passes with ranges, with all ports, and with a log that is there', () => {
    assert.equal(verdictOf(rule, jailed({ ports: ['0:65535'] })), 'pass')
    assert.equal(verdictOf(rule, jailed({ ports: ['2222', '22'] })), 'pass')
    assert.equal(verdictOf(rule, jailed({ ports: ['2222'], actions: ['iptables-allports', 'mail'] })), 'pass')
    assert.equal(verdictOf(rule, logged([['/var/log/auth.log', 3600]])), 'pass')
    const two = [
      ['/var/log/auth.log', 90_000],
      ['/var/log/secure', 0],
    ] as const
    assert.equal(verdictOf(rule, logged(two)), 'pass')
  })

  test('fails with a log that is gone, or that nobody writes to any more', () => {
    assert.deepEqual(complaints(rule, logged([])), ['log'])
    assert.deepEqual(complaints(rule, logged([['/var/log/auth.log', 90_000]])), ['log'])
  })

  test('fails with actions that only tell, and with more tries than anybody needs', () => {
    assert.deepEqual(complaints(rule, jailed({ actions: ['sendmail-whois', 'abuseipdb'] })), ['ban'])
    assert.equal(verdictOf(rule, jailed({ actions: ['sendmail-whois', 'nftables'] })), 'pass')
    assert.deepEqual(complaints(rule, jailed({ maxRetry: 100_000 })), ['ban'])
  })

  test('is unknown where an answer did not come, or nobody here can tell what it means', () => {
    assert.equal(verdictOf(rule, jailed({ ports: [] })), 'unknown')
    assert.equal(verdictOf(rule, jailed({ ports: [], actions: ['ufw'] })), 'pass')
    assert.equal(verdictOf(rule, jailed({ actions: ['ours'] })), 'unknown')
    const { connection: _, ...local } = debian.system
    assert.equal(verdictOf(rule, { ...logged([['/var/log/auth.log', 90_000]]), system: local }), 'unknown')
    const before = { ...jail, journal: false, logPaths: ['/var/log/secure'] }
    assert.equal(verdictOf(rule, guard({ jail: before })), 'unknown')
    const sees = guard({ active: false, jail: null }, { crowdsec: true, bouncer: false })
    assert.equal(verdictOf(rule, { ...sees, ...old }), 'unknown')
  })

  test('fails with the wrong port, a missing log, everybody spared, nobody banned', () => {
    assert.deepEqual(complaints(rule, jailed({ ports: ['2222'] })), ['port'])
    assert.deepEqual(complaints(rule, jailed({ journal: false, logPaths: ['/var/log/auth.log'] })), ['log'])
    assert.deepEqual(complaints(rule, jailed({ journal: false })), ['log'])
    assert.deepEqual(complaints(rule, jailed({ ignore: ['::1', '0.0.0.0/0'] })), ['ignore'])
    assert.deepEqual(complaints(rule, jailed({ actions: [] })), ['ban'])
    assert.deepEqual(complaints(rule, jailed({ banTime: 0, ports: ['2222'] })), ['port', 'ban'])
  })

  test('fails where it is off, or without a jail for sshd, and nothing else guards', () => {
    assert.deepEqual(complaints(rule, { ...guard({ active: false, jail: null }), ...old }), ['not-running'])
    assert.deepEqual(complaints(rule, { ...guard({ jail: null }), ...old }), ['no-jail'])
    const unchecked = effective({ persourcepenalties: 'no' })
    assert.deepEqual(complaints(rule, { ...guard({ jail: null }), effective: unchecked }), ['no-jail'])
  })

  test('passes where it is off on purpose while something else guards', () => {
    assert.equal(verdictOf(rule, guard({ active: false, jail: null })), 'pass')
    assert.equal(
      verdictOf(rule, { ...guard({ active: false, jail: null }, { crowdsec: true, bouncer: true }), ...old }),
      'pass',
    )
  })

  test('is not applicable where fail2ban is not installed', () => {
    assert.equal(verdictOf(rule), 'not-applicable')
  })

  test('fix: the port in a file of its own, the rest by a jail that spares the operator', () => {
    const [port, ...none] = changesOf(rule, jailed({ ports: ['2222'] }))
    assert.ok(port?.kind === 'file' && none.length === 0)
    assert.deepEqual([port.stage, port.content], ['close', '[sshd]\nport = 411\n'])
    const both = changesOf(rule, jailed({ ports: ['2222'], ignore: ['::/0'] }))
    assert.deepEqual(
      both.map(({ kind, stage }) => `${stage} ${kind}`),
      ['after package', 'after file', 'after service'],
    )
    // what stays unclear is not waited for before confirming, and what nobody here can mend is told
    const unclear = changesOf(rule, jailed({ ports: ['2222'], actions: ['my-ban'] }))
    assert.deepEqual(
      unclear.map(({ stage }) => stage),
      ['after'],
    )
    assert.deepEqual(leavesOf(rule, jailed({ ports: ['2222'], maxRetry: 200 })), ['ban'])
    const changes = changesOf(rule, { ...guard({ active: false, jail: null }), ...old })
    assert.deepEqual(
      changes.map(({ kind, stage }) => `${stage} ${kind}`),
      ['after package', 'after file', 'after service'],
    )
    const file = changes.find(change => change.kind === 'file')
    assert.match(file?.content ?? '', /backend = systemd\nport = 411\nignoreip = .*198\.51\.100\.7\n/)
  })

  test('fix: goes on sparing whom the jail spared, but not everybody', () => {
    const ignore = ['127.0.0.0/8', '::1', '10.20.0.0/16', 'office.example.org', '0.0.0.0/0', '::/0', 'x = %(y)s']
    const file = changesOf(rule, jailed({ ignore })).find(change => change.kind === 'file')
    assert.match(
      file?.content ?? '',
      /^ignoreip = 127\.0\.0\.1\/8 ::1 10\.20\.0\.0\/16 office\.example\.org 198\.51\.100\.7$/m,
    )
  })

  test('fix refuses where only the guide can tell why nobody is banned', () => {
    assert.match(refusalOf(rule, jailed({ banTime: 0 })), /guide/)
  })
})
