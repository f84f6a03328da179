import assert from 'node:assert/strict'
import fs, {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, mock, test } from 'node:test'
import { credentials, down, forged, forgedOld, recorded } from '../../test/fixtures/vault.js'
import { Trouble } from '../model/trouble.js'
import { entriesOf } from './entries.js'
import { addEntry, rootGroup } from './entry.js'
import { checkVaultPlace, putEntry, takeEntry } from './place.js'
import { open, type Vault } from './read.js'
import { seal } from './write.js'
import { make, serialize, textOf } from './xml.js'

const folder = mkdtempSync(join(tmpdir(), 'riegel-vault-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const now = new Date('2026-11-24T19:00:00Z')
const fresh = (name: string) => mkdtempSync(join(folder, name))
const entry = (title: string) => ({ title, user: 'lotse', password: `pw of ${title}` })
const titles = async (path: string) =>
  entriesOf(await open(readFileSync(path), credentials), 0)
    .live.map(({ title }) => title)
    .sort()
const whole = (vault: Vault) => serialize(vault.document, secret => secret).toString()

describe('putting an entry into a vault', () => {
  test('there is none: made with strong settings, for its owner alone', async () => {
    const at = fresh('new')
    const path = join(at, 'neu.kdbx')
    const put = await putEntry(
      path,
      credentials,
      { ...entry('a'), notes: 'n\nm', otp: 'otpauth://totp/x?secret=AAAA' },
      now,
    )
    assert.equal(put.backup, null)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const vault = await open(readFileSync(path), credentials)
    assert.ok(vault.kdf.kind === 'argon2id' && vault.kdf.memoryKiB === 65_536 && vault.kdf.rounds >= 3)
    assert.ok(entriesOf(vault, 0).live[0]!.secondFactor)
    assert.deepEqual(readdirSync(at), ['neu.kdbx'])
  })

  test('every recorded vault, and one of 3.1: the rest stays as it was, to the letter', async () => {
    const files = [...recorded().map(({ file }) => file), seal(await forgedOld())]
    for (const file of files) {
      const path = join(fresh('old'), 'x.kdbx')
      writeFileSync(path, file)
      const { id, backup } = await putEntry(path, credentials, entry('neu'), now)
      assert.deepEqual(readFileSync(backup!), file)
      const [before, then] = [await open(file, credentials), await open(readFileSync(path), credentials)]
      const seeds = [4, 7, 8, 9]
      const kept = (vault: Vault) => vault.header.fields.filter(field => !seeds.includes(field.id))
      assert.deepEqual(kept(then), kept(before))
      const { inside } = rootGroup(then)!
      inside.splice(
        inside.findIndex(one => typeof one !== 'string' && one.name === 'Entry' && textOf(down(one, 'UUID')) === id),
        1,
      )
      const hash = /<HeaderHash>[^<]*/
      assert.equal(whole(then).replace(hash, ''), whole(before).replace(hash, ''))
    }
  })

  test('what nobody knows is kept: fields, elements, attachments, custom data, history, order and blanks', async () => {
    const vault = await forged({
      more: [
        { id: 12, data: Buffer.from('public custom data') },
        { id: 77, data: Buffer.from('?') },
      ],
    })
    addEntry(vault, entry('a'), now)
    const odd = down(rootGroup(vault)!, 'Entry')
    odd.inside.push(
      '\n\t',
      make('Unknown', [make('Deep', 'x', 'a="1" Protected="no"')]),
      '<!-- remark -->',
      '<![CDATA[<&>]]>',
    )
    down(odd, 'History').inside.push(
      make('Entry', [make('UUID', 'AAAA'), make('Binary', [make('Key', 'x'), make('Value', [], 'Ref="0"')])]),
    )
    const attached = {
      ...vault,
      inner: [...vault.inner.slice(0, -1), { id: 3, data: Buffer.from('\u0001attachment') }, vault.inner.at(-1)!],
    }
    const path = join(fresh('odd'), 'x.kdbx')
    writeFileSync(path, seal(attached))
    const { id } = await putEntry(path, credentials, entry('b'), now)
    const then = await open(readFileSync(path), credentials)
    assert.ok(then.header.fields.some(field => field.id === 77) && then.header.fields.some(field => field.id === 12))
    assert.equal(then.inner.find(field => field.id === 3)?.data.toString(), '\u0001attachment')
    await takeEntry(path, credentials, id, now)
    const again = whole(await open(readFileSync(path), credentials))
    assert.equal(
      again.replace(/<DeletedObject>.*<\/DeletedObject>/s, '').replace('<DeletedObjects></', '<DeletedObjects/></'),
      whole(attached).replace('<DeletedObjects/>', '<DeletedObjects/></DeletedObjects>'),
    )
  })

  test('through links to the file itself, whose owner and mode stay', async () => {
    const at = fresh('link')
    const path = join(at, 'real.kdbx')
    writeFileSync(path, seal(await forged()))
    chmodSync(path, 0o640)
    if (process.getuid?.() === 0) chownSync(path, 1, 60)
    symlinkSync('real.kdbx', join(at, 'one'))
    symlinkSync(join(at, 'one'), join(at, 'two'))
    const before = statSync(path)
    const put = await putEntry(join(at, 'two'), credentials, entry('a'), now)
    const then = statSync(path)
    assert.deepEqual([then.uid, then.gid, then.mode], [before.uid, before.gid, before.mode])
    const kept = statSync(put.backup!)
    assert.deepEqual([kept.uid, kept.gid, kept.mode], [before.uid, before.gid, before.mode])
    assert.notEqual(then.ino, before.ino)
    assert.deepEqual(await titles(join(at, 'one')), ['a'])
    symlinkSync('to-come.kdbx', join(at, 'dangling'))
    await putEntry(join(at, 'dangling'), credentials, entry('b'), now)
    assert.deepEqual(await titles(join(at, 'to-come.kdbx')), ['b'])
  })

  test('changed meanwhile by another program: both changes are there', async () => {
    const path = join(fresh('both'), 'x.kdbx')
    const other = await forged()
    writeFileSync(path, seal(other))
    const putting = putEntry(path, credentials, entry('ours'), now)
    // by now it was read
    await new Promise(resolve => setImmediate(resolve))
    addEntry(other, entry('theirs'), now)
    writeFileSync(path, seal(other))
    const { backup } = await putting
    assert.deepEqual(await titles(path), ['ours', 'theirs'])
    assert.deepEqual(await titles(backup!), ['theirs'])
  })

  /** Another program's save comes at the moment of a call: once, before or after it. */
  const putDuring = async (
    call: 'linkSync' | 'renameSync' | 'openSync',
    when: 'before' | 'after',
    how: 'renamed' | 'written',
    { links = true, newer = false } = {},
  ) => {
    const at = fresh('during-')
    const path = join(at, 'x.kdbx')
    const [real, elsewhere] = [{ ...fs }, join(fresh('elsewhere-'), 'x.kdbx')]
    const other = await forged()
    addEntry(other, entry('old'), now)
    writeFileSync(path, seal(other))
    addEntry(other, entry('theirs'), now)
    const theirs = seal(other)
    const save = (bytes: Buffer) => {
      if (how === 'written') return real.writeFileSync(path, bytes)
      real.writeFileSync(elsewhere, bytes)
      real.renameSync(elsewhere, path)
    }
    let done = 0
    const hooked = (...given: unknown[]) => {
      // the backup's turn, or that of the rename into the place
      const meant = call === 'renameSync' || given.some(one => `${one}`.endsWith('.backup.kdbx'))
      const first = meant && done++ === 0
      if (first && when === 'before') save(theirs)
      const result = (real[call] as (...given: unknown[]) => unknown)(...given)
      if (first && when === 'after') save(theirs)
      if (first && newer) {
        addEntry(other, entry('newer'), now)
        real.writeFileSync(elsewhere, seal(other))
        real.renameSync(elsewhere, path)
      }
      return result
    }
    if (!links)
      mock.method(fs, 'linkSync', () => {
        throw Object.assign(new Error('no links here'), { code: 'EPERM' })
      })
    mock.method(fs, call, hooked as never)
    syncBuiltinESMExports()
    try {
      const { backup } = await putEntry(path, credentials, entry('ours'), now)
      assert.ok(done > 0, 'the other program came')
      assert.equal(readdirSync(at).length, 2, 'the vault and its backup')
      return [await titles(path), await titles(backup!)]
    } finally {
      mock.restoreAll()
      syncBuiltinESMExports()
    }
  }

  test('saved by another program while the backup is made, or written at the last moment: nothing is lost', async () => {
    const both = [
      ['old', 'ours', 'theirs'],
      ['old', 'theirs'],
    ]
    for (const how of ['renamed', 'written'] as const)
      for (const when of ['before', 'after'] as const) {
        assert.deepEqual(await putDuring('openSync', when, how, { links: false }), both, `${how} ${when} the copy`)
        assert.deepEqual(await putDuring('linkSync', when, how), both, `${how} ${when} the link`)
      }
    assert.deepEqual(await putDuring('renameSync', 'before', 'written'), both)
    assert.deepEqual(await putDuring('renameSync', 'before', 'written', { newer: true }), [
      ['newer', 'old', 'theirs'],
      ['old', 'theirs'],
    ])
  })

  test('five at once: all are there', { timeout: 60_000 }, async () => {
    const at = fresh('five')
    const path = join(at, 'x.kdbx')
    writeFileSync(path, seal(await forged()))
    const names = ['a', 'b', 'c', 'd', 'e']
    await Promise.all(names.map(name => putEntry(path, credentials, entry(name), now)))
    assert.deepEqual(await titles(path), names)
    assert.equal(readdirSync(at).filter(name => name.startsWith('.')).length, 0)
  })

  test('taken out again wherever it was moved to; where it is gone nothing is written', async () => {
    const at = fresh('take')
    const path = join(at, 'x.kdbx')
    writeFileSync(path, seal(await forged()))
    const { id } = await putEntry(path, credentials, entry('ours'), now)
    const vault = await open(readFileSync(path), credentials)
    const root = rootGroup(vault)!
    const made = down(root, 'Entry')
    root.inside.splice(root.inside.indexOf(made), 1)
    const inner = make('Group', [make('UUID', 'AAAAAAAAAAAAAAAAAAAAAg=='), make('Name', 'inner'), made])
    root.inside.push(make('Group', [make('UUID', 'AAAAAAAAAAAAAAAAAAAAAQ=='), make('Name', 'outer'), inner]))
    addEntry(vault, entry('other'), now)
    writeFileSync(path, seal(vault))
    assert.equal(await takeEntry(path, credentials, id, now), true)
    assert.deepEqual(await titles(path), ['other'])
    assert.ok(whole(await open(readFileSync(path), credentials)).includes(`<DeletedObject><UUID>${id}</UUID>`))
    const [before, files] = [readFileSync(path), readdirSync(at)]
    assert.equal(await takeEntry(path, credentials, id, now), false)
    assert.deepEqual([readFileSync(path), readdirSync(at)], [before, files])
    const gone = join(fresh('gone'), 'x.kdbx')
    assert.equal(await takeEntry(gone, credentials, id, now), false)
    assert.ok(!checkVaultPlace(gone).exists)
  })

  test('what is no vault, and a wrong password: refused, nothing touched, nothing left behind', async () => {
    const at = fresh('no')
    const path = join(at, 'x.kdbx')
    const refused = async (code: string, given = credentials) => {
      const before = readFileSync(path)
      await assert.rejects(putEntry(path, given, entry('a'), now), (error: unknown) => {
        assert.ok(error instanceof Trouble)
        assert.equal(error.code, code)
        return true
      })
      assert.deepEqual(readFileSync(path), before)
      assert.deepEqual(readdirSync(at), ['x.kdbx'])
    }
    writeFileSync(path, 'my notes\n')
    assert.throws(() => checkVaultPlace(path), /no KeePass file/)
    await refused('no-vault')
    writeFileSync(path, '')
    await refused('no-vault')
    const good = seal(await forged())
    writeFileSync(path, good)
    assert.ok(checkVaultPlace(path).exists)
    await refused('wrong-vault-password', { password: Buffer.from('x'), keyFile: null })
    writeFileSync(path, good.subarray(0, -10))
    await refused('bad-vault')
    assert.throws(() => checkVaultPlace(join(at, 'none', 'x.kdbx')), /folder is missing/)
    assert.throws(() => checkVaultPlace(at), Trouble)
  })
})
