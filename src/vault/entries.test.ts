import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { credentials, down, forged } from '../../test/fixtures/vault.js'
import { entriesOf } from './entries.js'
import { addEntry, fieldOf, newId, rootGroup, timeWords } from './entry.js'
import { judgeVault } from './judge.js'
import type { Vault } from './read.js'
import { type Element, elements, make, say, textOf } from './xml.js'

const now = Date.parse('2026-11-24T19:00:00Z') / 1000
const day = 86_400

interface Given {
  readonly title?: string
  readonly user?: string
  readonly password?: string
  readonly url?: string
  readonly id?: string
}

const group = (name: string, ...inside: Element[]): Element =>
  make('Group', [make('UUID', newId()), make('Name', name), ...inside])

/** An entry with what a test needs of it; the last one made of the vault. */
const entry = (vault: Vault, { title = 'Example', user = 'lotse', password = 'geheim', url = '', id }: Given = {}) => {
  const made = addEntry(vault, { title, user, password, url }, new Date(now * 1000), id)
  return elements(rootGroup(vault), 'Entry').findLast(one => textOf(down(one, 'UUID')) === made)!
}

const put = (entry: Element, name: string, words: string): void => {
  entry.inside.push(make('String', [make('Key', name), make('Value', words)]))
}

const move = (vault: Vault, one: Element, to: Element): void => {
  const { inside } = rootGroup(vault)!
  inside.splice(inside.indexOf(one), 1)
  to.inside.push(one)
}

const keys = (vault: Vault) => entriesOf(vault, now).live.map(({ key }) => key)

describe('the entries of a vault', () => {
  test('bin and templates are the groups that Meta names, with all below them; the root is neither', async () => {
    const vault = await forged()
    const meta = down(vault.document.root, 'Meta')
    const [bin, templates] = [group('Kein Papierkorb'), group('Muster', group('tiefer'))]
    rootGroup(vault)!.inside.push(bin, templates, group('Papierkorb'))
    say(down(meta, 'RecycleBinUUID'), textOf(down(bin, 'UUID')))
    meta.inside.push(make('EntryTemplatesGroup', textOf(down(templates, 'UUID'))))
    move(vault, entry(vault, { title: 'weg' }), bin)
    move(vault, entry(vault, { title: 'Muster' }), down(templates, 'Group'))
    move(vault, entry(vault, { title: 'da' }), elements(rootGroup(vault), 'Group')[2]!)
    entry(vault, { title: 'leer', password: '' })
    const seen = entriesOf(vault, now)
    assert.deepEqual(
      [seen.live.map(({ key }) => key), seen.bin, seen.templates, seen.empty],
      [['Papierkorb/da'], 1, 1, 1],
    )
    say(down(meta, 'RecycleBinUUID'), textOf(down(rootGroup(vault)!, 'UUID')))
    assert.equal(entriesOf(vault, now).live.length, 2)
  })

  test('expired only where Expires is true and the time is past, in either form of time', async () => {
    const vault = await forged()
    const set = (title: string, expires: string, until: string) => {
      const times = down(entry(vault, { title }), 'Times')
      say(down(times, 'Expires'), expires)
      say(down(times, 'ExpiryTime'), until)
    }
    set('past', 'True', timeWords(4, now - day))
    set('past, as text', 'True', '2026-11-01T00:00:00Z')
    set('off', 'False', timeWords(4, now - day))
    set('to come', 'True', timeWords(4, now + day))
    const { live, expired } = entriesOf(vault, now)
    assert.deepEqual(expired, ['past', 'past, as text'])
    assert.deepEqual(
      live.map(({ key }) => key),
      ['off', 'to come'],
    )
  })

  test('keys are distinct and never empty, titles have nothing in them that turns or hides words', async () => {
    const vault = await forged()
    const id = Buffer.alloc(16, 0xab).toString('base64')
    entry(vault, { title: 'A', user: 'eins' })
    entry(vault, { title: 'A', user: 'zwei' })
    entry(vault, { title: 'B', id })
    entry(vault, { title: 'B', id })
    entry(vault, { title: '', user: '', url: 'example.org/x' })
    entry(vault, { title: '', user: '', id })
    entry(vault, { title: 'x\u202egnp.exe\u0085\u2028y\u200b\n' })
    entry(vault, { title: 'ä'.repeat(5000) })
    const all = keys(vault)
    assert.equal(new Set(all).size, all.length)
    assert.deepEqual(all.slice(0, 7), [
      'A (eins)',
      'A (zwei)',
      'B (lotse) #abababab',
      'B (lotse) #abababab 2',
      'example.org',
      '#abababab',
      'xgnp.exe y',
    ])
    assert.equal([...all[7]!].length, 120)
  })

  test('QualityCheck and KnownBad: judged for all but strength', async () => {
    const vault = await forged()
    entry(vault, { title: 'a' }).inside.push(make('QualityCheck', 'False'))
    const item = make('Item', [make('Key', 'KnownBad'), make('Value', 'true')])
    entry(vault, { title: 'b' }).inside.push(make('CustomData', [item]))
    entry(vault, { title: 'c' }).inside.push(make('QualityCheck', 'True'))
    assert.deepEqual(
      entriesOf(vault, now).live.map(({ excluded }) => excluded),
      [true, true, false],
    )
  })

  test('field references are followed, in titles too; into the void and in circles they are known as broken', async () => {
    const vault = await forged()
    const id = Buffer.alloc(16, 0xcd)
    entry(vault, { title: 'Ziel', user: 'wer', password: 'das Ziel', id: id.toString('base64') })
    const to = `{REF:P@I:${id.toString('hex').toUpperCase()}}`
    entry(vault, { title: '{REF:T@I:CDCDCDCDCDCDCDCDCDCDCDCDCDCDCDCD} 2', user: '{REF:U@T:ziel}', password: to })
    entry(vault, { title: 'void', password: '{REF:P@T:nobody}' })
    entry(vault, { title: 'circle', password: '{REF:P@T:circle}' })
    entry(vault, { title: 'no reference', password: '{REF' })
    assert.deepEqual(
      entriesOf(vault, now).live.map(({ key, user, password, refers, broken }) => [
        key,
        user,
        password,
        refers,
        broken,
      ]),
      [
        ['Ziel', 'wer', 'das Ziel', false, false],
        ['Ziel 2', 'wer', 'das Ziel', true, false],
        ['void', 'lotse', '{REF:P@T:nobody}', true, true],
        ['circle', 'lotse', '{REF:P@T:circle}', true, true],
        ['no reference', 'lotse', '{REF', false, false],
      ],
    )
  })

  test('references that grow without end are broken, at once; what a person writes is followed', async () => {
    const vault = await forged()
    const word = 'fifty letters that several passwords have in common'
    entry(vault, { title: 'word', password: word })
    entry(vault, { title: 'twice', user: '{REF:U@T:word}', password: '{REF:P@T:word} {REF:U@T:twice} {REF:P@T:word}' })
    for (let level = 0; level < 9; level++)
      entry(vault, { title: `level ${level}`, password: `{REF:P@T:level ${level + 1}}`.repeat(20) })
    entry(vault, { title: 'level 9', password: 'x'.repeat(1000) })
    entry(vault, { title: 'itself', password: '{REF:P@T:itself}'.repeat(5) })
    entry(vault, { title: 'large', password: 'x'.repeat(70_000) })
    entry(vault, { title: 'to large', password: '{REF:P@T:large}' })
    const long = '{REF:P@T:none}'.repeat(200_000)
    entry(vault, { title: 'long', password: long })
    const began = performance.now()
    const { live } = entriesOf(vault, now)
    assert.ok(performance.now() - began < 60_000, `${performance.now() - began} ms`)
    const found = new Map(live.map(one => [one.key, one]))
    assert.deepEqual([found.get('twice')!.password, found.get('twice')!.broken], [`${word} lotse ${word}`, false])
    const broken = ['itself', 'long', 'to large', ...Array.from({ length: 8 }, (_, level) => `level ${level}`)]
    assert.deepEqual(live.flatMap(one => (one.broken ? [one.key] : [])).sort(), broken.sort())
    assert.equal(found.get('long')!.password, long)
  })

  test('many entries that each refer to much do not make a vault larger than memory', async () => {
    const vault = await forged()
    entry(vault, { title: 'much', password: 'x'.repeat(60_000) })
    for (let at = 0; at < 2000; at++) entry(vault, { title: `${at}`, password: '{REF:P@T:much}' })
    const { live } = entriesOf(vault, now)
    const letters = live.reduce((sum, { password }) => sum + password.length, 0)
    assert.ok(letters < 20 * 1024 * 1024, `${letters} letters`)
    assert.deepEqual([live[1]!.broken, live.at(-1)!.broken], [false, true])
  })

  test('hosts of all addresses; a second factor in every form, an empty one is none', async () => {
    const vault = await forged()
    const one = entry(vault, { title: 'a', url: 'https://user:pass@Login.Example.org:8443/x?token=1' })
    put(one, 'KP2A_URL', 'example.com/login')
    put(one, 'KP2A_URL_1', 'cmd://firefox https://nope.example.net')
    put(one, 'URL2', 'not.meant.example')
    assert.deepEqual(entriesOf(vault, now).live[0]!.hosts, ['login.example.org', 'example.com'])
    const forms: readonly [name: string, words: string, holds: boolean][] = [
      ['otp', 'otpauth://totp/x:y?secret=JBSWY3DPEHPK3PXP&period=30', true],
      ['otp', 'key=JBSWY3DPEHPK3PXP&size=6&step=30', true],
      ['otp', 'otpauth://totp/x:y?secret=&period=30', false],
      ['otp', '', false],
      ['TOTP Seed', 'jbsw y3dp ehpk 3pxp', true],
      ['TOTP Settings', '30;6', false],
      ['TimeOtp-Secret', 'secret', true],
      ['TimeOtp-Secret-Hex', '48656c6c6f', true],
      ['TimeOtp-Secret-Base32', 'JBSWY3DPEHPK3PXP', true],
      ['TimeOtp-Secret-Base64', 'SGVsbG8=', true],
      ['TimeOtp-Secret-Base32', ' ', false],
      ['HmacOtp-Secret-Base32', 'JBSWY3DPEHPK3PXP', true],
      ['KPEX_PASSKEY_PRIVATE_KEY_PEM', '-----BEGIN PRIVATE KEY-----', true],
    ]
    for (const [name, words, holds] of forms) {
      const other = await forged()
      put(entry(other), name, words)
      assert.equal(entriesOf(other, now).live[0]!.secondFactor, holds, `${name}: ${words}`)
    }
  })

  test('the password is as old as the last version that differs', async () => {
    const vault = await forged()
    const one = entry(vault, { password: 'neu' })
    const version = (password: string, at: number) => {
      const value: Element = make('Value', [], 'Protected="True"')
      value.secret = Buffer.from(password)
      const times = make('Times', [make('LastModificationTime', timeWords(4, at))])
      return make('Entry', [times, make('String', [make('Key', 'Password'), value])])
    }
    const history = down(one, 'History')
    history.inside.push(
      version('alt', now - 300 * day),
      version('neu', now - 100 * day),
      version('neu', now - 10 * day),
    )
    assert.equal(entriesOf(vault, now).live[0]!.changed, now - 100 * day)
  })
})

describe('facts of a vault', () => {
  const asked = {
    guesses: (password: string) => password.length,
    leaked: async (password: string) => (password === 'geheim' ? 7 : 0),
    offers: () => null,
  }
  const sites = { state: 'absent', digest: '', count: 0 } as const

  test("no password is in them; a reference is no use of its own, the vault's password is one", async () => {
    const vault = await forged()
    const own = 'Riegel-fixture 1'
    entry(vault, { title: 'a', password: own })
    entry(vault, { title: 'b', password: 'Riegel-fixture 2' })
    entry(vault, { title: 'c', password: '{REF:P@T:a}' })
    entry(vault, { title: 'd', password: '{REF:P@T:nobody}' })
    const judged = await judgeVault(vault, 'x.kdbx', credentials, asked, sites, now)
    const [a, b, c, d] = judged.passwords
    assert.deepEqual([a!.sameAs, a!.nearlyAs, b!.nearlyAs, c!.sameAs, c!.guesses], [[], ['b'], ['a'], [], own.length])
    assert.deepEqual([d!.guesses, d!.leaked, judged.vault.leftOut.broken], [null, null, 1])
    assert.deepEqual(judged.vault.own, { guesses: own.length, leaked: 0, sameAs: ['a'], nearlyAs: ['b'] })
    assert.doesNotMatch(JSON.stringify(judged), /fixture/)
  })

  test('a password is looked up once, however many entries have it', async () => {
    const vault = await forged()
    const looked: string[] = []
    for (const title of ['a', 'b', 'c']) entry(vault, { title })
    const leaked = async (password: string) => {
      looked.push(password)
      return 7
    }
    const { passwords } = await judgeVault(
      vault,
      '',
      { ...credentials, password: null },
      { ...asked, leaked },
      sites,
      now,
    )
    assert.deepEqual(looked, ['geheim'])
    assert.deepEqual(
      passwords.map(one => one.leaked),
      [7, 7, 7],
    )
    assert.equal(textOf(fieldOf(elements(rootGroup(vault), 'Entry')[0]!, 'Password')), 'geheim')
  })
})
