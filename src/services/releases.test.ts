import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { endOf, readable, releaseOf, releases } from './releases.js'

describe('releases', () => {
  test('every day is one, and every release is listed once', () => {
    for (const release of releases) assert.ok(endOf(release) > 1_500_000_000, release.name)
    assert.equal(new Set(releases.map(r => r.name)).size, releases.length)
  })

  test('finds point releases, and none for what is not known', () => {
    assert.equal(releaseOf('debian', '12')?.until, '2028-06-30')
    assert.equal(releaseOf('debian', '12.7')?.until, '2028-06-30')
    assert.equal(releaseOf('debian', ''), undefined)
    assert.equal(releaseOf('ubuntu', '24')?.until, undefined)
    assert.equal(releaseOf('almalinux', '9.4'), undefined)
  })

  test('the last day still counts', () => {
    assert.equal(endOf(releaseOf('debian', '11')!), Date.UTC(2026, 8, 1) / 1000)
    assert.deepEqual(readable('2026-08-31'), { de: '31.08.2026', en: '31 Aug 2026' })
  })
})
