import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { credentials, forged } from '../../test/fixtures/vault.js'
import { entriesOf } from '../vault/entries.js'
import { open } from '../vault/read.js'
import { seal } from '../vault/write.js'
import type { Context } from './context.js'
import { dropFromVault, pictureLeft, settleSecret } from './secret.js'

const folder = mkdtempSync(join(tmpdir(), 'riegel-secret-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const context = {
  lang: 'de',
  quiet: true,
  live: false,
  width: 80,
  stop: new AbortController().signal,
  now: () => new Date('2026-11-24T19:00:00Z'),
} as unknown as Context
const owner = { account: 'lotse', host: 'mail.example.org' }
const place = { password: 'kq7m.f3ta.w9hd.rb5n.x4cp', file: null, vault: null }
const entries = async (path: string) => entriesOf(await open(readFileSync(path), credentials), 0).live

describe('where the sudo password goes', () => {
  test('into a vault, as an entry of the account; and out again where nothing came of it', async () => {
    const path = join(folder, 'own.kdbx')
    writeFileSync(path, seal(await forged()))
    const drop = await settleSecret(context, { ...place, vault: { path, credentials } }, owner)
    const [entry] = await entries(path)
    assert.ok(entry)
    assert.deepEqual([entry.title, entry.user, entry.password], ['sudo, mail.example.org', 'lotse', place.password])
    assert.deepEqual(entry.hosts, ['mail.example.org'])
    await drop()
    assert.deepEqual(await entries(path), [])
  })

  test('an entry that somebody took out meanwhile: told, and nothing written', async t => {
    const path = join(folder, 'taken.kdbx')
    const empty = seal(await forged())
    writeFileSync(path, empty)
    const drop = await settleSecret(context, { ...place, vault: { path, credentials } }, owner)
    writeFileSync(path, empty)
    const said: string[] = []
    t.mock.method(process.stderr, 'write', (words: string) => said.push(words) > 0)
    await dropFromVault({ ...context, quiet: false }, { path, credentials }, 'no such entry')()
    await drop()
    assert.match(
      said.join(''),
      /^Der Eintrag gilt nirgends und liegt nicht mehr in .*taken\.kdbx; daran wurde nichts geändert\.\n$/,
    )
    assert.deepEqual(readFileSync(path), empty)
  })

  test('into a file of one’s own, which goes again too', async () => {
    const file = join(folder, 'password')
    const drop = await settleSecret(context, { ...place, file }, owner)
    assert.equal(readFileSync(file, 'utf8'), `${place.password}\n`)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    await drop()
    assert.ok(!existsSync(file))
  })
})

describe('a picture of the secret', () => {
  const told = (path: string | undefined, run: () => void): string => {
    const said: string[] = []
    const { write } = process.stderr
    process.stderr.write = (words: string | Uint8Array) => said.push(String(words)) > 0
    try {
      const remind = pictureLeft({ ...context, quiet: false }, path)
      run()
      remind()
    } finally {
      process.stderr.write = write
    }
    return said.join('')
  }
  test('that is still there at the end is named; one that is gone, or was there before, is not', () => {
    const path = join(folder, 'code.svg')
    assert.equal(
      told(path, () => {}),
      '',
    )
    assert.equal(
      told(undefined, () => {}),
      '',
    )
    const words = told(path, () => writeFileSync(path, '<svg/>'))
    assert.ok(words.includes(`noch in ${path}.`) && words.includes('lösche'), words)
    assert.equal(
      told(path, () => {}),
      '',
    )
    assert.equal(
      told(`${path}2`, () => {}),
      '',
    )
  })
})
