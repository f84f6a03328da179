import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  changesOf,
  complaints,
  debian,
  effective,
  places,
  sshdWith,
  verdictOf,
  view,
} from '../../../test/fixtures/facts.js'
import type { Sections } from '../../model/facts.js'
import rule from './login-text.js'

const path = '/etc/issue.net'
const showing = (content: string) => ({
  effective: effective({ banner: path }),
  loginText: { banners: [{ path, content }] },
  system: { ...debian.system, hostname: 'kranich.example.org' },
})

describe(rule.id, () => {
  test('passes without a banner, and with one that tells nothing', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(verdictOf(rule, showing('Authorised access only. Everything is logged.\n')), 'pass')
  })

  test('passes over a text that no view shows', () => {
    assert.equal(verdictOf(rule, { ...showing('Debian 13'), effective: effective({ banner: 'none' }) }), 'pass')
  })

  test('fails with distribution, kernel, escapes, versions or names in it', () => {
    for (const content of [
      'Debian GNU/Linux 13\n',
      'welcome to \\n, \\r on \\m',
      'kernel 6.12.0',
      'OpenSSH_10.0p2 here',
      'kranich.example.org',
      'This is kranich.',
    ])
      assert.deepEqual(complaints(rule, showing(content)), [path], content)
  })

  test('is unknown where the text was not read or cut off, passes where there is none', () => {
    const seen = (loginText: Sections['loginText']) => verdictOf(rule, { ...showing(''), loginText })
    assert.equal(seen({ banners: [] }), 'unknown')
    assert.equal(seen({ banners: [{ path, content: 'x', cut: true }] }), 'unknown')
    assert.equal(seen({ banners: [{ path, content: 'Debian 13', cut: true }] }), 'fail')
    assert.equal(seen({ banners: [], missing: [path] }), 'pass')
    assert.equal(seen({ banners: [], missing: ['/etc/other'] }), 'unknown')
  })

  test('fails behind any Match too', () => {
    const views = [view(), view({ banner: path }, 'anna')]
    assert.deepEqual(complaints(rule, { ...showing('Debian 13'), effective: { views, perAccount: true } }), [path])
  })

  test('says where it is set', () => {
    const sshd = sshdWith(`Banner ${path}`)
    assert.deepEqual(places(rule, { ...showing('Debian 13'), sshd }), ['/etc/ssh/sshd_config.d/10-own.conf:1'])
  })

  test('passes where the name of the host is only part of a word, or an everyday word', () => {
    assert.equal(verdictOf(rule, showing('kranichs nest')), 'pass')
    const system = { ...debian.system, hostname: 'server' }
    assert.equal(verdictOf(rule, { ...showing('this server is watched'), system }), 'pass')
  })

  test('fix: a neutral text, which passes itself', () => {
    const changes = changesOf(rule, showing('Debian 13'))
    const [file, setting] = changes
    assert.deepEqual(setting, {
      kind: 'setting',
      stage: 'close',
      keyword: 'Banner',
      values: ['/etc/ssh/riegel-banner'],
      matchAll: false,
    })
    assert.ok(file?.kind === 'file' && file.content !== null)
    assert.deepEqual([file.path, file.stage, file.mode], ['/etc/ssh/riegel-banner', 'close', 0o644])
    assert.equal(verdictOf(rule, showing(file.content)), 'pass')
  })

  test('fix: before everything else where a Match sets it', () => {
    const sshd = sshdWith('Match User anna', `Banner ${path}`)
    const setting = changesOf(rule, { ...showing('Debian 13'), sshd }).at(-1)
    assert.ok(setting?.kind === 'setting' && setting.matchAll)
  })
})
