import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  changesOf,
  complaints,
  debian,
  effective,
  places,
  refusalOf,
  sentences,
  sshdWith,
  verdictOf,
  view,
} from '../../../test/fixtures/facts.js'
import rule from './weak-algorithms.js'

const macs = 'hmac-sha2-256-etm@openssh.com,hmac-sha2-512'
const strong = { macs }
const classic = { ...strong, kexalgorithms: 'curve25519-sha256,diffie-hellman-group14-sha1' }
const knows = { ...debian.operator.knows, mac: ['hmac-sha1'] }

describe(rule.id, () => {
  test('passes with strong lists', () => {
    assert.equal(verdictOf(rule, { effective: effective(strong) }), 'pass')
  })

  test("fails with Debian's own MACs, and names them", () => {
    assert.deepEqual(complaints(rule), ['MACs'])
    assert.deepEqual(sentences(rule), ['MACs: weak: hmac-sha1-etm@openssh.com, hmac-sha1.'])
    assert.deepEqual(places(rule, { sshd: sshdWith('MACs +hmac-sha1') }), ['/etc/ssh/sshd_config.d/10-own.conf:1'])
  })

  test('fails per list, and behind any Match', () => {
    const bad = { ciphers: 'aes256-ctr,aes256-cbc', hostkeyalgorithms: 'ssh-ed25519,ssh-rsa' }
    assert.deepEqual(complaints(rule, { effective: effective({ ...strong, ...bad }) }), [
      'Ciphers',
      'HostKeyAlgorithms',
    ])
    const views = [view(strong), view({ ...strong, pubkeyacceptedalgorithms: 'ssh-ed25519,ssh-dss' }, 'anna')]
    assert.deepEqual(complaints(rule, { effective: { views, perAccount: true } }), ['PubkeyAcceptedAlgorithms'])
  })

  test('fails without a post-quantum exchange where this release has one', () => {
    assert.deepEqual(complaints(rule, { effective: effective(classic) }), ['KexAlgorithms', 'post-quantum'])
    const sshd = { ...debian.sshd, release: 8.4 }
    assert.deepEqual(complaints(rule, { effective: effective(classic), sshd }), ['KexAlgorithms'])
  })

  test('fails by the views that name algorithms, whatever the others leave out', () => {
    const views = [view({ ...strong, kexalgorithms: '' }), view(classic, 'anna')]
    assert.deepEqual(complaints(rule, { effective: { views, perAccount: true } }), ['KexAlgorithms', 'post-quantum'])
  })

  test('is unknown where sshd -T names no algorithms', () => {
    assert.equal(verdictOf(rule, { effective: effective({ kexalgorithms: '' }) }), 'unknown')
  })

  test('fix: the lists without the weak ones, the post-quantum exchange in front', () => {
    const set = (keyword: string, ...values: string[]) => ({ kind: 'setting', stage: 'close', keyword, values })
    const kex = 'mlkem768x25519-sha256,sntrup761x25519-sha512@openssh.com,curve25519-sha256'
    assert.deepEqual(changesOf(rule, { effective: effective(classic) }), [
      { ...set('KexAlgorithms', kex), matchAll: false },
    ])
    const weak = effective({ pubkeyacceptedalgorithms: 'ssh-rsa,ssh-ed25519', ...strong })
    const sshd = sshdWith('Match User anna', 'PubkeyAcceptedAlgorithms +ssh-rsa')
    assert.deepEqual(changesOf(rule, { effective: weak, sshd }), [
      { ...set('PubkeyAcceptedAlgorithms', '-ssh-rsa'), matchAll: true },
    ])
  })

  test("fix: taken out of sshd's own list where nobody wrote one down", () => {
    const macs = effective({ ...strong, macs: 'hmac-sha2-256,hmac-sha1,umac-64@openssh.com' })
    assert.deepEqual(
      changesOf(rule, { effective: macs }).map(change => change.kind === 'setting' && change.values),
      [['-hmac-sha1,umac-64@openssh.com']],
    )
    const written = sshdWith('MACs hmac-sha2-256,hmac-sha1,umac-64@openssh.com')
    assert.deepEqual(
      changesOf(rule, { effective: macs, sshd: written }).map(change => change.kind === 'setting' && change.values),
      [['hmac-sha2-256']],
    )
  })

  test('fix refuses where the client, the own key or the host keys would not fit any more', () => {
    assert.match(refusalOf(rule, { operator: { ...debian.operator, knows } }), /left of MACs/)
    const onlyRsa = effective({ ...strong, pubkeyacceptedalgorithms: 'ssh-dss,rsa-sha2-512' })
    assert.match(refusalOf(rule, { effective: onlyRsa }), /left of PubkeyAcceptedAlgorithms/)
    const hostKeys = [{ type: 'ssh-dss', bits: 1024, fingerprint: 'SHA256:x', comment: '', path: '/x', blob: 'AAAA' }]
    const oldHost = effective({ ...strong, hostkeyalgorithms: 'ssh-dss,ssh-ed25519' })
    assert.match(refusalOf(rule, { effective: oldHost, sshd: { ...debian.sshd, hostKeys } }), /HostKeyAlgorithms/)
  })
})
