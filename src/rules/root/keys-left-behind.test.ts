import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, effective, loginKey, verdictOf, view } from '../../../test/fixtures/facts.js'
import rule from './keys-left-behind.js'

const shut = effective({ permitrootlogin: 'no' })
const keys = (...list: ReturnType<typeof loginKey>[]) => ({ loginKeys: { keys: list, paths: [] } })

describe(rule.id, () => {
  test('passes where root has no keys', () => {
    assert.equal(verdictOf(rule, { effective: shut, ...keys(loginKey('anna')) }), 'pass')
  })

  test('fails once per file that still holds keys of root', () => {
    const second = loginKey('root', { line: 2, fingerprint: 'SHA256:second' })
    const other = loginKey('root', { path: '/root/.ssh/authorized_keys2' })
    assert.deepEqual(complaints(rule, { effective: shut, ...keys(loginKey('root'), second, other) }), [
      '/root/.ssh/authorized_keys',
      '/root/.ssh/authorized_keys2',
    ])
  })

  test('passes over a file that others log in with too', () => {
    const path = '/etc/ssh/keys'
    const shared = keys(loginKey('root', { path }), loginKey('anna', { path }))
    assert.equal(verdictOf(rule, { effective: shut, ...shared }), 'pass')
  })

  test('is not applicable while root can log in', () => {
    assert.equal(verdictOf(rule, keys(loginKey('root'))), 'not-applicable')
    const byPassword = { permitrootlogin: 'yes', pubkeyauthentication: 'no', passwordauthentication: 'yes' }
    const byPam = { ...byPassword, passwordauthentication: 'no', kbdinteractiveauthentication: 'yes' }
    const byTicket = { ...byPassword, passwordauthentication: 'no', gssapiauthentication: 'yes' }
    for (const settings of [byPassword, byPam, byTicket])
      assert.equal(verdictOf(rule, { effective: effective(settings), ...keys(loginKey('root')) }), 'not-applicable')
    const views = [view({ permitrootlogin: 'no' }), view()]
    const fromOnePlace = { views, perAccount: true }
    assert.equal(verdictOf(rule, { effective: fromOnePlace, ...keys(loginKey('root')) }), 'not-applicable')
  })

  test('fix: puts the file aside once the new way in is proven', () => {
    assert.deepEqual(changesOf(rule, { effective: shut, ...keys(loginKey('root')) }), [
      { kind: 'file', stage: 'close', path: '/root/.ssh/authorized_keys', content: null, mode: 0o600 },
    ])
  })
})
