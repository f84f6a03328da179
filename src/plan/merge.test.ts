import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { mergeLines, mergeSshd } from './merge.js'

const lines = (...all: string[]) => all.map(line => `${line}\n`).join('')
const dropIn = lines('# Written by Riegel', 'Port 301', 'PermitRootLogin no')

describe('a file that was changed since, merged', () => {
  test('lines added to a file of its own stay, wherever they stand', () => {
    for (const at of [0, 1, 2, 3]) {
      const now = dropIn.split('\n')
      now.splice(at, 0, '# mine', 'ClientAliveInterval 60')
      assert.equal(mergeLines(dropIn, '', now.join('\n')), lines('# mine', 'ClientAliveInterval 60'))
    }
  })

  test("one of Riegel's own lines changed by hand is not told apart", () => {
    assert.equal(mergeLines(dropIn, '', dropIn.replace('301', '302')), null)
    const before = lines('Port 22', 'X11Forwarding no')
    const wrote = lines('#riegel Port 22', 'X11Forwarding no')
    assert.equal(mergeLines(wrote, before, wrote.replace('#riegel ', '# ')), null)
  })

  test('one that is gone already is no quarrel', () => {
    assert.equal(mergeLines(dropIn, '', lines('Port 301')), '')
    assert.equal(mergeLines(dropIn, '', ''), '')
  })

  test('the lines around those of Riegel are somebody else', () => {
    const before = lines('Port 22', 'X11Forwarding yes', 'Subsystem sftp x')
    const wrote = before.replace('Port 22', '#riegel Port 22')
    const now = wrote.replace('X11Forwarding yes', 'X11Forwarding no').concat('Match User bo\n  ForceCommand y\n')
    assert.equal(
      mergeLines(wrote, before, now),
      lines('Port 22', 'X11Forwarding no', 'Subsystem sftp x', 'Match User bo', '  ForceCommand y'),
    )
    assert.equal(mergeSshd(wrote, before, now), mergeLines(wrote, before, now))
    const around = lines('# over', '#riegel Port 22', '# under', 'X11Forwarding yes', 'Subsystem sftp x')
    assert.equal(
      mergeLines(wrote, before, around),
      lines('# over', 'Port 22', '# under', 'X11Forwarding yes', 'Subsystem sftp x'),
    )
  })

  test('two insertions at one place have no order', () => {
    assert.equal(mergeLines('a\nb\n', 'a\nx\nb\n', 'a\ny\nb\n'), null)
  })

  test('no line changes the Match it stands under', () => {
    const wrote = lines('Port 301', 'Match all', '  PermitRootLogin no')
    assert.equal(mergeSshd(wrote, '', `${wrote}X11Forwarding no\n`), null)
    assert.equal(mergeSshd(wrote, '', `X11Forwarding no\n${wrote}# mine\n`), lines('X11Forwarding no', '# mine'))
    const before = lines('a yes', 'Port 22')
    const commented = lines('a yes', '#riegel Port 22')
    assert.equal(mergeSshd(commented, before, lines('a yes', 'Match User bo', 'b no', '#riegel Port 22')), null)
  })

  test('where nobody changed anything it is what was before; where only they did it is what they made', () => {
    const some = fc.array(fc.constantFrom('a', 'b', 'c', 'd', ''), { maxLength: 8 }).map(all => lines(...all))
    fc.assert(
      fc.property(some, some, (wrote, other) => {
        assert.equal(mergeLines(wrote, other, wrote), other)
        assert.equal(mergeLines(wrote, wrote, other), other)
      }),
    )
  })

  test('no line of somebody else is lost, and none is made up', () => {
    const some = fc.array(fc.constantFrom<string[]>('a', 'b', 'c', 'd', 'e'), { maxLength: 8 })
    fc.assert(
      fc.property(
        some,
        some,
        fc.array(fc.constantFrom<string[]>('x', 'y'), { maxLength: 3 }),
        fc.nat(8),
        (w, b, more, at) => {
          const now = [...w]
          now.splice(at, 0, ...more)
          const merged = mergeLines(lines(...w), lines(...b), lines(...now))
          if (merged === null) return
          const left = merged.split('\n').filter(line => line !== '')
          assert.deepEqual(
            left.filter(line => 'xy'.includes(line)),
            more,
          )
          assert.deepEqual(
            left.filter(line => !'xy'.includes(line)),
            b,
          )
        },
      ),
    )
  })
})
