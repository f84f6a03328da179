import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import {
  aesWords,
  argon2Words,
  credentials,
  forged,
  forgedHeader,
  forgedOld,
  recorded,
} from '../../test/fixtures/vault.js'
import { Trouble } from '../model/trouble.js'
import type { Credentials } from './credentials.js'
import { entriesOf } from './entries.js'
import { addEntry } from './entry.js'
import { type Header, writeHeader } from './header.js'
import { open } from './read.js'
import { seal, sealFour } from './write.js'
import { make } from './xml.js'

const entry = { title: 'Example', user: 'lotse', password: 'pä ss<&>"word', url: 'https://login.example.org/?x=1' }
const now = new Date('2026-11-24T19:00:00Z')

/** The code of the trouble that opening ends with; `open` where it does not. */
const ends = async (file: Buffer, given: Credentials = credentials): Promise<string> => {
  try {
    await open(file, given)
    return 'open'
  } catch (error) {
    if (error instanceof Trouble) return error.code
    throw error
  }
}

/** A header as it stands in a file, with the hash that shows it is whole; what follows is nothing. */
const alone = (header: Header): Buffer => {
  const bytes = writeHeader(header)
  return Buffer.concat([bytes, createHash('sha256').update(bytes).digest(), Buffer.alloc(1000)])
}

const filled = async (vault: Awaited<ReturnType<typeof forged>>): Promise<Buffer> => {
  addEntry(vault, entry, now)
  return seal(vault)
}

describe('opening a vault', () => {
  for (const { name, file } of recorded())
    test(`${name}, as another program made it`, async () => {
      const { live } = entriesOf(await open(file, credentials), now.getTime() / 1000)
      const [found, ...others] = live
      assert.deepEqual(others, [])
      assert.ok(found)
      const { key, title, user, password, hosts } = found
      assert.deepEqual(
        { key, title, user, password, hosts },
        { key: 'Web/Example', title: 'Example', user: 'lotse', password: entry.password, hosts: ['login.example.org'] },
      )
    })

  test('what others fail on: short salts, odd memory, both ids of AES-KDF, secret and data, unknown fields, newer minors', async () => {
    const eight = Buffer.alloc(8, 1)
    const odd = [
      { kdf: argon2Words({ salt: eight, id: 'argon2d' }) },
      { kdf: argon2Words({ salt: Buffer.alloc(16, 1), memory: 1024n * 1000n + 512n, lanes: 3 }) },
      { kdf: argon2Words({ secret: eight }) },
      { kdf: argon2Words({ data: eight, secret: eight }) },
      { kdf: argon2Words({ version: 0x10, rounds: 3n }) },
      { kdf: aesWords(1234n, 'aesNew') },
      { kdf: aesWords(1234n, 'aesOld'), cipher: 'chacha20', zipped: false },
      { minor: 9, more: [{ id: 99, data: Buffer.from('unknown') }] },
    ] as const
    for (const how of odd) assert.equal(await ends(await filled(await forged(how))), 'open')
    assert.equal(await ends(await filled(await forgedOld())), 'open')
  })

  test('512 MiB with 64 lanes open', { timeout: 60_000 }, async () => {
    const kdf = argon2Words({ memory: 512n * 1024n * 1024n, lanes: 64, rounds: 1n })
    assert.equal(await ends(await filled(await forged({ kdf }))), 'open')
  })

  test('an empty password, none and another are three things', async () => {
    const empty = { password: Buffer.alloc(0), keyFile: null }
    const keyOnly = { password: null, keyFile: Buffer.alloc(32, 5) }
    const both = { password: Buffer.alloc(0), keyFile: Buffer.alloc(32, 5) }
    for (const given of [empty, keyOnly, both]) {
      const file = await filled(await forged({ credentials: given }))
      for (const other of [credentials, empty, keyOnly, both])
        assert.equal(await ends(file, other), other === given ? 'open' : 'wrong-vault-password')
    }
  })

  test('key files of every kind', async () => {
    const key = Buffer.from(Array.from({ length: 32 }, (_, at) => at * 7))
    const hash = createHash('sha256').update(key).digest().subarray(0, 4).toString('hex').toUpperCase()
    const xml = (version: string, data: string) =>
      Buffer.from(
        `\ufeff<?xml version="1.0" encoding="utf-8"?>\n<KeyFile><Meta><Version>${version}</Version></Meta><Key>${data}</Key></KeyFile>\n`,
      )
    const words = key
      .toString('hex')
      .toUpperCase()
      .replace(/(.{8})/g, '$1 \n\t')
    const same = [
      key,
      Buffer.from(key.toString('hex')),
      xml('1.00', `<Data>${key.toString('base64')}</Data>`),
      xml('2.0', `<Data Hash="${hash}">\n${words}</Data>`),
    ]
    const file = await filled(await forged({ credentials: { password: null, keyFile: key } }))
    for (const keyFile of same) assert.equal(await ends(file, { password: null, keyFile }), 'open')
    const picture = Buffer.alloc(100_000, 3)
    const other = await filled(await forged({ credentials: { password: null, keyFile: picture } }))
    assert.equal(await ends(other, { password: null, keyFile: picture }), 'open')
    assert.equal(await ends(other, { password: null, keyFile: createHash('sha256').update(picture).digest() }), 'open')
    const broken = xml('2.0', `<Data Hash="00000000">${words}</Data>`)
    assert.equal(await ends(file, { password: null, keyFile: broken }), 'bad-key-file')
  })
})

describe('files that are no vault, or no longer one', () => {
  test('each is refused by its name', async () => {
    const { file } = recorded()[0]!
    const changed = (at: number, value: number) => {
      const copy = Buffer.from(file)
      copy.writeUInt32LE(value, at)
      return copy
    }
    assert.equal(await ends(Buffer.alloc(0)), 'no-vault')
    assert.equal(await ends(Buffer.from('PK\u0003\u0004 no vault at all')), 'no-vault')
    assert.equal(await ends(changed(4, 0xb54bfb65)), 'unsupported-vault')
    assert.equal(await ends(changed(8, 0x00050000)), 'unsupported-vault')
    assert.equal(await ends(alone(forgedHeader({ cipher: 'twofish' }))), 'unsupported-vault')
    assert.equal(
      await ends(file, { password: Buffer.from('Riegel-fixture 1 '), keyFile: null }),
      'wrong-vault-password',
    )
  })

  test('400 changed or cut files: all refused, none crashes, none opens', { timeout: 120_000 }, async t => {
    // a generator of its own, so that what fails once fails again
    let state = 20261124
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const files = [
      await filled(await forged()),
      await filled(await forged({ cipher: 'chacha20', zipped: false, kdf: aesWords(50n) })),
      await filled(await forgedOld(50n)),
      // made by pykeepass, cheap to derive
      ...recorded().flatMap(({ name, file }) => (/a2id-chacha|aes-nogzip/.test(name) ? [file] : [])),
    ]
    assert.equal(files.length, 5)
    const codes = new Map<string, number>()
    for (let number = 0; number < 400; number++) {
      const file = files[number % files.length]!
      const at = random(file.length)
      let copy = Buffer.from(file)
      if (number % 4 === 3) copy = copy.subarray(0, at)
      else copy[at] = copy[at]! ^ (1 << random(8))
      const code = await ends(copy)
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    t.diagnostic([...codes].map(([code, count]) => `${code} ${count}`).join(', '))
    assert.equal(codes.get('open'), undefined)
  })

  test('every bit of the last blocks and of the header counts', { timeout: 120_000 }, async () => {
    const stays: string[] = []
    for (const [name, vault] of [
      ['4', await forged({ kdf: aesWords(1n) })],
      ['3.1', await forgedOld(1n)],
    ] as const) {
      const file = await filled(vault)
      const places = [
        ...Array.from({ length: 250 }, (_, at) => at),
        ...Array.from({ length: 60 }, (_, at) => file.length - 1 - at),
      ]
      for (const at of places) {
        const copy = Buffer.from(file)
        copy[at] = copy[at]! ^ 1
        if ((await ends(copy)) === 'open') stays.push(`${name}: ${at}`)
      }
    }
    assert.deepEqual(stays, [])
  })
})

describe('what a hostile header asks for is refused by name before it is done', () => {
  const refused = async (file: Buffer, words: RegExp) => {
    const started = performance.now()
    await assert.rejects(open(file, credentials), (error: unknown) => {
      assert.ok(error instanceof Trouble, String(error))
      assert.equal(error.code, 'costly-vault')
      assert.match(error.text.en, words)
      return true
    })
    assert.ok(performance.now() - started < 10_000)
  }

  test('memory, passes, lanes, rounds', { timeout: 60_000 }, async () => {
    const asks = (kdf: ReturnType<typeof aesWords>) => alone(forgedHeader({ kdf }))
    await refused(asks(argon2Words({ memory: 2n ** 63n })), /9007199254740992|MiB of memory/)
    await refused(asks(argon2Words({ memory: 768n * 1024n ** 2n + 1024n })), /769 MiB of memory; Riegel takes 768/)
    await refused(asks(argon2Words({ memory: 64n * 1024n ** 2n, rounds: 2n ** 32n - 1n })), /more than 13 seconds/)
    await refused(
      asks(argon2Words({ memory: 64n * 1024n ** 2n, rounds: 4000n, version: 0x10 })),
      /more than 13 seconds/,
    )
    await refused(asks(argon2Words({ rounds: 2n ** 64n - 1n })), /rounds/)
    await refused(asks(argon2Words({ lanes: 2 ** 24 })), /lanes/)
    await refused(asks(aesWords(2n ** 31n + 1n)), /at most 2\^31/)
    await refused(asks(aesWords(2n ** 63n)), /at most 2\^31/)
    await refused(asks(aesWords(2n ** 31n)), /more than 13 seconds/)
    assert.equal(await ends(asks(argon2Words({ memory: 0n }))), 'bad-vault')
    assert.equal(await ends(asks(argon2Words({ rounds: 0n }))), 'bad-vault')
    assert.equal(await ends(asks(argon2Words({ version: 0x14 }))), 'unsupported-vault')
  })

  test('gzip and XML bombs, by whoever knows the key', { timeout: 60_000 }, async () => {
    const { header, key } = await forged()
    const zeros = gzipSync(Buffer.alloc(32 * 1024 * 1024))
    await refused(sealFour(header, key, Buffer.concat(Array<Buffer>(128).fill(zeros))), /unpacked/)
    const bomb = async (before: string, nested: number) => {
      const vault = await forged()
      let root = make('x')
      for (let depth = 0; depth < nested; depth++) root = make('Group', [root])
      return seal({ ...vault, document: { before, root, after: '' } })
    }
    await refused(await bomb('<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]>', 0), /DOCTYPE/)
    await refused(await bomb('', 100_000), /deeper/)
    assert.equal(await ends(await bomb('<a/>', 0)), 'bad-vault')
    assert.equal(await ends(await bomb('&nbsp;', 0)), 'bad-vault')
  })
})
