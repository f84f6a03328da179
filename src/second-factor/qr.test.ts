import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { qrLines, qrSvg } from './qr.js'
import { newSecret, uriOf } from './totp.js'

const uri = uriOf(newSecret(), 'lotse', 'mail')
const folder = mkdtempSync(join(tmpdir(), 'riegel-qr-'))
after(() => rmSync(folder, { recursive: true, force: true }))

// the real decoder; where Debian's package cannot be had, the test says so
const found =
  spawnSync('zbarimg', ['--version']).status === 0 ||
  (spawnSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', 'zbar-tools']).status === 0 &&
    spawnSync('zbarimg', ['--version']).status === 0)

/** A picture (PGM) of what a terminal with this background shows: cells of 8 by 16 points, the code somewhere in it. */
const picture = (lines: readonly string[], background: number): Buffer => {
  const [width, height] = [80, lines.length + 8]
  const points = Buffer.alloc(width * 8 * height * 16, background)
  const cell = (column: number, row: number, upper: number, lower: number): void => {
    for (let y = 0; y < 16; y++)
      points.fill(
        y < 8 ? upper : lower,
        ((row * 16 + y) * width + column) * 8,
        ((row * 16 + y) * width + column) * 8 + 8,
      )
  }
  const shown = { '█': [255, 255], '▀': [255, 0], '▄': [0, 255], ' ': [0, 0] } as const
  for (const [row, line] of lines.entries()) {
    const said = /^\u001b\[38;2;255;255;255;48;2;0;0;0m(.*)\u001b\[0m$/.exec(line)
    assert.ok(said, 'white on black, said explicitly')
    for (const [column, letter] of [...said[1]!].entries()) {
      const halves = shown[letter as keyof typeof shown]
      cell(column + 4, row + 4, halves[0], halves[1])
    }
  }
  return Buffer.concat([Buffer.from(`P5\n${width * 8} ${height * 16}\n255\n`), points])
}

const decoded = (name: string, content: Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return spawnSync('zbarimg', ['--raw', '--quiet', path], { encoding: 'utf8' }).stdout.trim()
}

describe('the QR code of a second factor', { skip: found ? false : 'zbarimg cannot be installed here' }, () => {
  for (const [name, background] of [
    ['dark', 0],
    ['light', 255],
    ['grey', 128],
  ] as const)
    test(`is read off a terminal with a ${name} background`, () => {
      assert.equal(decoded(`${name}.pgm`, picture(qrLines(uri), background)), uri)
    })
  test('as a picture says the same', () => {
    const svg = qrSvg(uri)
    const size = Number(/viewBox="0 0 (\d+)/.exec(svg)![1])
    const points = Buffer.alloc(size * size, 255)
    for (const [, x, y] of svg.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) points[Number(y) * size + Number(x)] = 0
    const large = Buffer.concat(
      Array.from({ length: size * 8 }, (_, y) =>
        Buffer.concat(Array.from({ length: size }, (_, x) => Buffer.alloc(8, points[(y >> 3) * size + x]))),
      ),
    )
    assert.equal(decoded('svg.pgm', Buffer.concat([Buffer.from(`P5\n${size * 8} ${size * 8}\n255\n`), large])), uri)
  })
  test('fits a terminal of 24 rows', () => {
    assert.equal(qrLines(uri).length, 19)
    // a line above, two below
    for (const host of ['203.0.113.245', 'mail.example.org', 'a-long-name.of-a-server.example.org'])
      assert.ok(qrLines(uriOf(newSecret(), 'lotse', host)).length + 3 <= 24, host)
  })
})
