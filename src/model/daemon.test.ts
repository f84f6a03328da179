import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { debian, onSocket } from '../../test/fixtures/facts.js'
import { optionAboveFiles, runsApart, servesOnce } from './daemon.js'

const words = (line: string): string[] => line.split(' ')

describe('options of sshd', () => {
  for (const [line, option] of [
    ['-D', undefined],
    ['-D -e -4', undefined],
    ['-E /var/log/-o -D', undefined],
    ['-h /etc/ssh/-f', undefined],
    ['-DoPasswordAuthentication=yes', '-DoPasswordAuthentication=yes'],
    ['-4p2222', '-4p2222'],
    ['-D -o PermitRootLogin=yes', '-o PermitRootLogin=yes'],
    ['-Df /etc/other', '-Df /etc/other'],
    ['-D -C user=x', '-C user=x'],
  ] as const)
    test(`${line}: ${option ?? 'nothing goes before the files'}`, () => {
      assert.equal(optionAboveFiles(words(line)), option)
    })
  test('what tests or serves one connection is no daemon', () => {
    assert.ok(['-i', '-D -R', '-T -C user=x', '-t'].every(line => servesOnce(words(line))))
    assert.ok(['-D', '-De', '-f R', '-oX=iRtT'].every(line => !servesOnce(words(line))))
  })
})

describe('runsApart', () => {
  const { sshd } = debian
  const daemon = (pid: number, line: string) => ({ pid, args: words(line) })
  test('one daemon of the unit, or none where a socket starts them: not apart', () => {
    assert.equal(runsApart(sshd), null)
    assert.equal(runsApart({ ...sshd, daemons: [], units: [] }), null)
    assert.equal(runsApart({ ...onSocket(), daemons: [] }), null)
    const once = '/usr/sbin/sshd -i $SSHD_OPTS'
    assert.equal(runsApart({ ...onSocket({ accept: true, forEach: once }), daemons: [] }), null)
  })
  test('another program than the one that was asked: apart', () => {
    const local = { ...daemon(100, '/usr/local/sbin/sshd -D'), elsewhere: true }
    assert.equal(runsApart({ ...sshd, daemons: [local] }), '/usr/local/sbin/sshd -D')
  })
  test('no daemon at the moment: what the next connection would start counts', () => {
    const idle = { ...onSocket(), daemons: [] }
    const execStart = '/usr/sbin/sshd -D -o PasswordAuthentication=yes'
    assert.equal(runsApart({ ...idle, units: idle.units.map(unit => ({ ...unit, execStart })) }), execStart)
    assert.equal(runsApart({ ...idle, startOptions: '-o UsePAM=no' }), 'sshd -o UsePAM=no')
    const each = (forEach: string) => runsApart({ ...onSocket({ accept: true, forEach }), daemons: [] })
    assert.equal(each('/usr/sbin/sshd -i -f /etc/other'), '/usr/sbin/sshd -i -f /etc/other')
    assert.equal(each(''), 'sshd')
  })
  test('options, a second daemon, a daemon without a unit: apart, by its command line', () => {
    const second = daemon(200, '/usr/sbin/sshd -D -p 2222')
    assert.equal(runsApart({ ...sshd, daemons: [...sshd.daemons, second] }), '/usr/sbin/sshd -D -p 2222')
    const twin = daemon(200, '/usr/sbin/sshd -D')
    assert.equal(runsApart({ ...sshd, daemons: [...sshd.daemons, twin] }), '/usr/sbin/sshd -D, /usr/sbin/sshd -D')
    assert.equal(runsApart({ ...sshd, units: [{ ...sshd.units[0]!, changedAt: 0 }] }), '/usr/sbin/sshd -D')
    assert.equal(runsApart({ ...sshd, units: [{ ...sshd.units[0]!, active: 'inactive' }] }), '/usr/sbin/sshd -D')
    assert.equal(runsApart({ ...sshd, units: [{ ...sshd.units[0]!, mainPid: 7 }] }), '/usr/sbin/sshd -D')
  })
})
