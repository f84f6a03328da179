import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, debian, refusalOf, sshdWith, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './ssh-banner.js'

const heard = (inside: string | null, outside: string | null) => ({
  listeners: { ...debian.listeners, sshGreetings: inside === null ? [] : [{ port: 22, line: `SSH-2.0-${inside}` }] },
  wire: outside === null ? undefined : { ...debian.wire, banner: outside },
})

describe(rule.id, () => {
  test('passes with the bare version of OpenSSH', () => {
    assert.equal(verdictOf(rule, heard('OpenSSH_10.0p2', 'OpenSSH_10.0p2')), 'pass')
    assert.equal(verdictOf(rule, heard(null, 'OpenSSH_10.0p2')), 'pass')
  })

  test("fails with the distribution's suffix, once however often it is heard", () => {
    assert.deepEqual(complaints(rule), ['Debian-7'])
    assert.deepEqual(complaints(rule, heard('OpenSSH_9.6p1 Ubuntu-3ubuntu13', null)), ['Ubuntu-3ubuntu13'])
  })

  test('passes over a greeting that is not of this sshd', () => {
    const sshGreetings = [
      { port: 22, line: 'SSH-2.0-OpenSSH_10.0p2' },
      { port: 2222, line: 'SSH-2.0-OpenSSH_9.2p1 Debian-2' },
    ]
    const listeners = { ...debian.listeners, sshGreetings }
    assert.equal(verdictOf(rule, { listeners, wire: undefined }), 'pass')
  })

  test('is unknown where no greeting was heard', () => {
    assert.equal(verdictOf(rule, heard(null, null)), 'unknown')
  })

  test('fix: the switch of Debian, and an addendum of the own where one is set', () => {
    const set = (keyword: string, word: string) => ({ kind: 'setting', stage: 'close', keyword, values: [word] })
    assert.deepEqual(changesOf(rule), [set('DebianBanner', 'no')])
    assert.deepEqual(changesOf(rule, { sshd: sshdWith('VersionAddendum hello') }), [
      set('DebianBanner', 'no'),
      set('VersionAddendum', 'none'),
    ])
  })

  test('fix refuses where this sshd has no such switch', () => {
    const sshGreetings = [{ port: 22, line: 'SSH-2.0-OpenSSH_9.9 FreeBSD-20250801' }]
    assert.match(
      refusalOf(rule, {
        listeners: { ...debian.listeners, sshGreetings },
        wire: { ...debian.wire, banner: 'OpenSSH_9.9 FreeBSD-20250801' },
      }),
      /no option/,
    )
  })
})
