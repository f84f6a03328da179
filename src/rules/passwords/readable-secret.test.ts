import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, leavesOf, refusalOf, sentences, verdictOf } from '../../../test/fixtures/facts.js'
import type { PathFacts } from '../../model/facts.js'
import rule from './readable-secret.js'

const files = (...modes: [path: string, mode: number, kind?: PathFacts['kind']][]) => ({
  secretFiles: {
    files: modes.map(
      ([path, mode, kind = 'file']): PathFacts => ({ path, mode, kind, account: 'root', owner: 'root' }),
    ),
  },
})

describe(rule.id, () => {
  test('passes where only the owner writes and at most a group reads', () => {
    const usual = files(['/etc/shadow', 0o640], ['/etc/ssh/ssh_host_rsa_key', 0o600], ['/etc/sudoers', 0o440])
    assert.equal(verdictOf(rule, usual), 'pass')
  })

  test('passes over what is no file', () => {
    assert.equal(verdictOf(rule, files(['/etc/ssl/private/old', 0o777, 'link'])), 'pass')
  })

  test('fails where others read, or a group may write', () => {
    const open = files(['/etc/shadow', 0o644], ['/etc/sudoers.d/anna', 0o460], ['/root/.pgpass', 0o600])
    assert.deepEqual(complaints(rule, open), ['/etc/shadow', '/etc/sudoers.d/anna'])
  })

  test('fix: each file gets the mode that its kind needs', () => {
    const open = files(
      ['/etc/shadow-', 0o644],
      ['/etc/gshadow', 0o666],
      ['/etc/sudoers.d/anna', 0o644],
      ['/etc/ssh/ssh_host_ed25519_key', 0o644],
      ['/root/.pgpass', 0o600],
    )
    const mode = (path: string, octal: number) => ({ kind: 'mode', stage: 'close', path, mode: octal, account: 'root' })
    assert.deepEqual(changesOf(rule, open), [
      mode('/etc/shadow-', 0o640),
      mode('/etc/gshadow', 0o640),
      mode('/etc/sudoers.d/anna', 0o440),
      mode('/etc/ssh/ssh_host_ed25519_key', 0o600),
    ])
  })

  test('passes over what others may read in a folder that they may not enter, fails where they may change it', () => {
    const key = (mode: number, folder: number) =>
      files(['/etc/ssl/private', folder, 'directory'], ['/etc/ssl/private/web.key', mode])
    assert.equal(verdictOf(rule, key(0o644, 0o710)), 'pass')
    assert.deepEqual(complaints(rule, key(0o664, 0o710)), ['/etc/ssl/private/web.key'])
    assert.deepEqual(complaints(rule, key(0o644, 0o711)), ['/etc/ssl/private/web.key'])
    const below = files(
      ['/etc/letsencrypt/archive', 0o700, 'directory'],
      ['/etc/letsencrypt/archive/x/privkey1.pem', 0o644],
    )
    assert.equal(verdictOf(rule, below), 'pass')
    assert.equal(verdictOf(rule, files(['/etc/ssl', 0o700, 'directory'], ['/etc/sslx', 0o644])), 'fail')
  })

  test('fails where shadow or sudoers are read by a group of their own, which the fix leaves', () => {
    const of = (path: string, group?: string) => {
      const [file] = files([path, 0o640]).secretFiles.files
      return { secretFiles: { files: [{ ...file!, ...(group !== undefined && { group }) }] } }
    }
    for (const group of ['root', 'shadow', undefined]) assert.equal(verdictOf(rule, of('/etc/shadow', group)), 'pass')
    assert.equal(verdictOf(rule, of('/etc/ssh/ssh_host_rsa_key', 'ssh_keys')), 'pass')
    assert.deepEqual(sentences(rule, of('/etc/shadow', 'users')), [
      '/etc/shadow is open to others (0640, owned by root:users).',
    ])
    assert.deepEqual(complaints(rule, of('/etc/sudoers.d/anna', 'anna')), ['/etc/sudoers.d/anna'])
    assert.match(refusalOf(rule, of('/etc/shadow', 'users')), /shadow$/)
  })

  test('fix: leaves what a service reads, keys of TLS and keytabs', () => {
    const services = ['/etc/ssl/private/web.key', '/etc/letsencrypt/archive/x/privkey1.pem', '/etc/krb5.keytab']
    const open = services.map((path): [string, number] => [path, 0o644])
    assert.match(refusalOf(rule, files(...open)), /see first which service or group reads them: .*web\.key.*keytab$/)
    const both = files(...open, ['/etc/ppp/chap-secrets', 0o644])
    assert.equal(changesOf(rule, both).length, 1)
    assert.deepEqual(leavesOf(rule, both), services)
  })

  test('fix: what it sets, passes', () => {
    const changes = changesOf(
      rule,
      files(['/etc/shadow', 0o666], ['/etc/wireguard/wg0.conf', 0o777], ['/etc/x', 0o604]),
    )
    const after = changes.flatMap(change => (change.kind === 'mode' ? [[change.path, change.mode] as const] : []))
    assert.equal(after.length, 3)
    assert.equal(verdictOf(rule, files(...after.map(([path, to]): [string, number] => [path, to]))), 'pass')
  })
})
