import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { sha1, smallList, writeList } from '../../test/fixtures/leak-list.js'
import { Trouble } from '../model/trouble.js'
import { errorRate } from './leak-compact.js'
import { openFile } from './leak-file.js'
import { packLeaks } from './leak-pack.js'
import { openLeaks } from './leaks.js'

const folder = mkdtempSync(join(tmpdir(), 'riegel-leaks-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const known = { hunter2: 17_043, '': 3, Müller1978: 4, padded: 0 }
let files = 0
const saved = (content: string | Buffer): string => {
  const path = join(folder, `list-${files++}.txt`)
  writeFileSync(path, content, typeof content === 'string' ? 'latin1' : undefined)
  return path
}
const counts = async (path: string, ...passwords: string[]): Promise<number[]> => {
  const leaks = await openLeaks(path)
  try {
    const all: number[] = []
    for (const password of passwords) all.push(await leaks.count(password))
    return all
  } finally {
    await leaks.close()
  }
}
const refused = async (path: string, words: RegExp, ...passwords: string[]) =>
  assert.rejects(counts(path, ...passwords), error => {
    assert.ok(error instanceof Trouble, String(error))
    assert.equal(error.code, 'bad-leaks')
    assert.match(error.text.en, words)
    return true
  })

const asked = ['hunter2', 'Müller1978', 'padded', 'never seen before 1', 'never seen before 2']
const answers = [17_043, 4, 0, 0, 0]

describe('a sorted file', () => {
  const rows = smallList(known)

  test('is read with LF and CRLF, with BOMs before rows, without a last newline, in small letters', async () => {
    const bom = '\u00ef\u00bb\u00bf'
    for (const content of [
      `${rows.join('\n')}\n`,
      `${rows.join('\r\n')}\r\n`,
      rows.join('\n'),
      rows.map((row, at) => (at % 50 === 0 ? bom + row : row)).join('\r\n'),
      rows.map(row => row.toLowerCase()).join('\n'),
      // the official downloader has left blank lines and single rows of the other list in it
      rows.map((row, at) => (at % 500 === 7 ? `${row}\n\n${row.slice(0, 32)}:2` : row)).join('\n'),
    ])
      assert.deepEqual(await counts(saved(content), ...asked), answers)
  })

  test('finds its first and its last row', async () => {
    // whose hashes begin with 0000 and FFFFF
    const ends = { 'end 136589': 5, 'end 3050136': 6 }
    const inner = smallList(ends, 3000).filter(row => row >= sha1('end 136589') && row < 'FFFFF144832F')
    assert.match(inner.at(-1)!, /:6$/)
    assert.deepEqual(await counts(saved(inner.join('\n')), ...Object.keys(ends)), [5, 6])
  })

  test('is refused by name where it is something else', async () => {
    const ntlm = rows.map(row => row.slice(0, 32) + row.slice(40)).join('\n')
    const byCount = [...rows].sort((a, b) => Number(b.split(':')[1]) - Number(a.split(':')[1])).join('\n')
    await refused(saved(ntlm), /the NTLM list/)
    await refused(saved(byCount), /sorted by count/)
    await refused(saved(gzipSync(rows.join('\n'))), /packed \(gzip\)/)
    await refused(saved(''), /empty/)
    await refused(saved('\u00ef\u00bb\u00bf\r\n'), /no leak list/)
    await refused(saved('<html><body>502 Bad Gateway</body></html>'), /an error page/)
    await refused(saved('{"error":"rate limit"}'), /an error page/)
    await refused(saved('hunter2\npassword\n'), /no leak list/)
    await refused(saved(rows.map(row => row.slice(5)).join('\n')), /a single range only/)
    await refused(saved(Buffer.from(`\ufeff${rows.join('\n')}`, 'utf16le')), /UTF-16/)
    await refused('/nowhere/at/all', /does not exist/)
    await refused('/dev/zero', /no file/)
  })

  test('a count that is no number of today is still one', async () => {
    const [endless] = await counts(saved([...smallList(), `${sha1('x')}:${'9'.repeat(400)}`].sort().join('\n')), 'x')
    assert.equal(endless, Number.MAX_SAFE_INTEGER)
  })

  test('is refused where it is not in order', async () => {
    const shuffled = [...rows].sort((a, b) => (sha1(a) < sha1(b) ? -1 : 1))
    await refused(saved(shuffled.join('\n')), /not sorted by hash/)
    // two halves that are sorted, the wrong way round
    const halves = [...rows.slice(1000), ...rows.slice(0, 1000)]
    await refused(saved(halves.join('\n')), /not sorted by hash|cut short/)
  })

  test('gives no answer where a piece is missing or cannot be read', async () => {
    const [all, hash] = [rows.join('\n'), sha1('never seen before 1')]
    await refused(saved(all.slice(0, all.length / 2)), /cut short/)
    await refused(saved(all.slice(0, -3)), /cut short/)
    const at = rows.findIndex(row => row > hash)
    const holed = [...rows.slice(0, at - 200), ...rows.slice(at + 200)]
    await refused(saved(holed.join('\n')), /a piece around ..... is missing/, 'never seen before 1')
    assert.deepEqual(await counts(saved(holed.join('\n')), 'hunter2'), [17_043])
    const page = [...rows.slice(0, at), '<html>503</html>', ...rows.slice(at)]
    await refused(saved(page.join('\n')), /cannot be read/, 'never seen before 1')
  })
})

const place = join(folder, 'ranges')

describe('a folder of ranges', () => {
  mkdirSync(place)
  const range = (prefix: string, more: readonly string[] = []) =>
    [...Array.from({ length: 900 }, (_, at) => `${sha1(`${prefix}${at}`).slice(5)}:${(at % 5) + 1}`), ...more].sort()
  const write = (prefix: string, content: string) => writeFileSync(join(place, `${prefix}.txt`), content)
  const own = (password: string) => sha1(password).slice(0, 5)
  for (const prefix of ['00000', '7FFFF', 'FFFFF', own('clean')]) write(prefix, range(prefix).join('\r\n'))
  for (const [password, count] of Object.entries(known))
    write(own(password), `\ufeff${range(own(password), [`${sha1(password).slice(5)}:${count}`]).join('\r\n')}\r\n`)

  test('is read as it is: BOM, CRLF, padding', async () => {
    assert.deepEqual(await counts(place, 'hunter2', 'Müller1978', 'padded', 'clean'), [17_043, 4, 0, 0])
  })

  test('gives no answer where a range is missing, empty, an error page, cut short or NTLM', async () => {
    await refused(place, /\.txt is missing/, 'not downloaded yet')
    const prefix = own('broken')
    const rows = range(prefix)
    const suffix = sha1('broken').slice(5)
    for (const [content, words] of [
      ['', /empty/],
      ['<html>502</html>', /no range/],
      [rows.map(row => row.slice(0, 27) + row.slice(35)).join('\n'), /NTLM/],
      [rows.filter(row => (suffix > '8' ? row < '8' : row > '8')).join('\n'), /is missing/],
      [[...rows].reverse().join('\n'), /not sorted/],
    ] as const) {
      write(prefix, content)
      await refused(place, words, 'broken')
    }
  })

  test('gives no answer where a range was cut at the end of a row, or holds nothing but padding', async () => {
    const prefix = own('cut')
    const rows = range(prefix)
    const [last] = rows.slice(-1)
    for (const kept of [220, 60, 1]) {
      write(prefix, `${rows.slice(0, kept).join('\r\n')}\r\n`)
      await refused(place, new RegExp(`only ${kept} hash`), 'cut')
    }
    write(prefix, [...rows.slice(0, 60), last].join('\n'))
    await refused(place, /only 61 hashes/, 'cut')
    write(prefix, [...rows.slice(0, 60), `${sha1('cut').slice(5)}:7`].sort().join('\n'))
    assert.deepEqual(await counts(place, 'cut'), [7], 'what is found there is found')
    write(prefix, rows.map(row => row.replace(/:\d+$/, ':0')).join('\n'))
    await refused(place, /not one hash/, 'cut')
    await refused(
      saved(
        smallList()
          .map(row => row.replace(/:\d+$/, ':0'))
          .join('\n'),
      ),
      /not one hash/,
    )
  })

  test('is refused where its own ends are cut, and not packed with a range that is', async () => {
    const other = mkdtempSync(join(folder, 'cut-'))
    const put = (prefix: string, rows: number) =>
      writeFileSync(join(other, `${prefix}.txt`), range(prefix).slice(0, rows).join('\r\n'))
    for (const [prefix, rows] of [
      ['00000', 900],
      ['00001', 150],
      ['7FFFF', 900],
      ['FFFFF', 900],
    ] as const)
      put(prefix, rows)
    await assert.rejects(
      packLeaks(other, join(folder, 'cut.rgl1'), () => {}),
      (error: Trouble) => /00001.txt: only 150 hashes/.test(error.text.en),
    )
    put('00001', 600)
    await assert.rejects(
      packLeaks(other, join(folder, 'cut.rgl1'), () => {}),
      (error: Trouble) => /around 00001 is missing/.test(error.text.en),
    )
    put('FFFFF', 100)
    await refused(other, /FFFFF.txt: only 100 hashes/)
    for (const prefix of ['00000', '7FFFF', 'FFFFF']) put(prefix, 20)
    await refused(other, /00000.txt: only 20 hashes/)
  })

  test('is refused where it holds no ranges, or not the ends', async () => {
    const other = mkdtempSync(join(folder, 'other-'))
    await refused(other, /no ranges/)
    writeFileSync(join(other, '00000.txt'), range('00000').join('\n'))
    await refused(other, /7FFFF.txt is missing/)
  })
})

const path = join(folder, 'whole.txt')
before(() => {
  writeList(path, { rowsPerRange: 1, known, bom: true })
})

describe('a sorted file of a million rows', () => {
  test('is read in a handful of places, however large it is', async () => {
    const { size } = statSync(path)
    assert.ok(size > 40_000_000, `${size} bytes`)
    const file = await open(path, 'r')
    let reads = 0
    const counting = new Proxy(file, {
      get: (target, name) => {
        if (name === 'read') reads += 1
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const leaks = await openFile(path, counting, size)
    reads = 0
    const passwords = Array.from({ length: 500 }, (_, at) => `number ${at}`)
    for (const password of passwords) assert.equal(await leaks.count(password), 0)
    assert.equal(await leaks.count('hunter2'), 17_043)
    assert.ok(reads / passwords.length < 4, `${reads / passwords.length} reads a password`)
    const at = Array.from({ length: 50 }, (_, at) => leaks.count(at % 2 === 0 ? 'hunter2' : `number ${at}`))
    assert.deepEqual(
      await Promise.all(at),
      Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? 17_043 : 0)),
      'at once, too',
    )
    await leaks.close()
  })
})

describe('the compact form', () => {
  const packed = `${path}.rgl1`

  test('answers as the list does, but does not say how often', async () => {
    const seen: number[] = []
    const { rows, bytes } = await packLeaks(path, packed, share => seen.push(share))
    assert.equal(rows, 2 ** 20 + 3, 'padding is left out')
    assert.equal(bytes, readFileSync(packed).length)
    assert.ok(seen.length > 3 && seen.at(-1) === 1)
    assert.deepEqual(await counts(packed, ...asked), [1, 1, 0, 0, 0])
    const leaks = await openLeaks(path)
    const compact = await openLeaks(packed)
    for (let at = 0; at < 300; at++) assert.equal(await compact.count(`${at}`), await leaks.count(`${at}`))
    await Promise.all([leaks.close(), compact.close()])
    assert.ok(errorRate(1_600_000_000) < 6e-12)
    assert.deepEqual(
      readdirSync(folder).filter(name => name.includes('.part')),
      [],
    )
  })

  test('is refused where it is cut short or not what it says', async () => {
    const copy = join(folder, 'copy.rgl1')
    writeFileSync(copy, readFileSync(packed))
    truncateSync(copy, 5_000_000)
    await refused(copy, /not complete/)
    const flipped = readFileSync(packed)
    flipped.writeUInt32BE(0xffffffff, 16 + 0x7ffff * 4)
    writeFileSync(copy, flipped)
    await refused(copy, /cannot be read/)
  })

  test('is not made of a list that misses a range, is out of order or broken, and leaves nothing behind', async () => {
    // what is wrong comes up long before the gap in the middle
    const text = readFileSync(path, 'latin1')
    const rows = [...text.slice(0, 200_000).split('\r\n').slice(0, -1), ...text.slice(-200_000).split('\r\n').slice(1)]
    const made = join(folder, 'made.rgl1')
    const bad = async (content: string, words: RegExp) => {
      const list = saved(content)
      await assert.rejects(
        packLeaks(list, made, () => {}),
        (error: Trouble) => {
          assert.equal(error.code, 'bad-leaks')
          assert.match(error.text.en, words)
          return true
        },
      )
      rmSync(list)
    }
    const once = packLeaks(packed, made, () => {})
    await assert.rejects(once, (error: Trouble) => /packed already/.test(error.text.en))
    const some = packLeaks(place, made, () => {})
    await assert.rejects(some, (error: Trouble) => /range 00001 is missing/.test(error.text.en))
    const without = (from: number, count: number, ...instead: string[]) =>
      [...rows.slice(0, from), ...instead, ...rows.slice(from + count)].join('\r\n')
    await bad(without(300, 1), /range 0012. is missing|range 0012[A-F] is missing/)
    await bad(without(3000, 2, rows[3001]!, rows[3000]!), /not sorted|is missing/)
    await bad(without(900, 1, '<html>'), /cannot be read at Byte/)
    await bad(without(0, 0), /is missing/)
    assert.deepEqual(
      readdirSync(folder).filter(name => name.startsWith('made')),
      [],
    )
  })
})

test('what is looked up is the SHA-1 of the UTF-8 bytes', () => {
  assert.equal(
    sha1('Müller1978'),
    createHash('sha1').update(Buffer.from('Müller1978', 'utf8')).digest('hex').toUpperCase(),
  )
})
