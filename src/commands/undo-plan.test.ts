import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { About } from '../model/about.js'
import type { Listed } from '../riegel/take-back.js'
import { undoPlan, undoWords } from './undo-plan.js'

const about: About = {
  schema: 'riegel.about/1',
  id: '20261124-190201-kq7m',
  riegel: '0.1.0',
  at: '2026-11-24T19:02:01Z',
  by: 'root',
  from: '198.51.100.7',
  method: 'password',
  account: 'lotse',
  made: true,
  ports: { before: [22], after: [301] },
  rules: ['root/ssh-login'],
  files: ['/etc/motd'],
}
const motd = { number: '001', changed: true, sshd: false, path: '/etc/motd' }
const one: Listed = { id: about.id, state: 'confirmed', stage: '', left: null, about, journal: [], files: [motd] }
const digest = (now: string | null, listed = one) =>
  undoPlan('x', listed, about, [{ file: motd, wrote: '', now, merge: null }]).digest

describe('what an undo would take back', () => {
  test('its digest covers the transaction and every later change, never the time', () => {
    assert.match(digest('a'), /^[0-9a-f]{64}$/)
    assert.equal(digest('a'), digest('a'))
    assert.notEqual(digest('a'), digest('b'))
    assert.notEqual(digest('a'), digest(null))
    assert.notEqual(digest('a'), digest('a', { ...one, id: '20261124-190202-kq7m' }))
  })

  test('says whose second factor goes: a security key, and no phone', () => {
    const own = { ...about, rules: ['second-factor/ssh'], files: [], made: false } as const
    assert.match(undoWords(undoPlan('x', { ...one, files: [] }, own, [])).en, /stays the new phone's/)
    const words = undoWords(undoPlan('x', { ...one, files: [] }, { ...own, securityKey: 'SHA256:x' }, [])).en
    assert.match(words, /The security key is taken off the server again/)
    assert.doesNotMatch(words, /phone/)
  })

  test('says the way in that will hold, and that the account goes', () => {
    const words = undoWords(undoPlan('x', one, about, []))
    assert.match(words.de, /SSH wieder auf Port 22/)
    assert.match(words.de, /Das Konto lotse wird gelöscht/)
    assert.match(words.en, /SSH on port 22 again/)
  })

  test('says where lines of somebody else stay', () => {
    const merge = { number: '001', path: '/etc/motd', now: '', content: 'mine\n' }
    const plan = undoPlan('x', one, about, [{ file: motd, wrote: '', now: 'mine\n', merge }])
    assert.deepEqual(plan.files, [{ path: '/etc/motd', changed: true, merged: true }])
    assert.match(undoWords(plan).de, /nur Riegels Zeilen gehen, alle anderen bleiben:\n {4}\/etc\/motd/)
    assert.match(undoWords(plan).en, /all others stay:\n {4}\/etc\/motd/)
  })

  test('says what holds again where the one that goes had itself taken something back', () => {
    const plan = undoPlan('x', one, { ...about, takesBack: '20261123-190201-kq7m' }, [])
    assert.match(undoWords(plan).de, /Damit gilt wieder, was aus 20261123-190201-kq7m zurückgenommen war/)
    assert.match(undoWords(plan).en, /what was taken back of 20261123-190201-kq7m holds again/)
  })

  test('a path from a server cannot write on the terminal', () => {
    const files = [{ ...motd, path: '/etc/\u001b[2Jx' }]
    assert.ok(!undoWords(undoPlan('x', { ...one, files }, about, [])).en.includes('\u001b'))
  })
})
