import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, debian, onSocket, sshdWith, verdictOf } from '../../test/fixtures/facts.js'
import defaultPort from '../rules/ports/ssh-default-port.js'
import unprivileged from '../rules/ports/ssh-unprivileged-port.js'
import { opensAtBoot } from './ports.js'
import { activeSocket, addressOf, followsPort, socketFile } from './socket.js'

const generated = ['/run/systemd/generator/ssh.socket.d/addresses.conf']

describe('what a socket opens', () => {
  test('an address and a port of TCP, and nothing else', () => {
    assert.deepEqual(addressOf('[::]:22 (Stream)'), { address: '[::]', port: 22 })
    assert.deepEqual(addressOf('192.0.2.7:301 (Stream)'), { address: '192.0.2.7', port: 301 })
    for (const other of [
      '/run/ssh.sock (Stream)',
      '[::]:22 (Datagram)',
      'vsock::22 (Stream)',
      '[fe80::1%2]:22 (Stream)',
    ])
      assert.equal(addressOf(other), null, other)
  })

  test('the drop-in keeps every address and changes the ports only', () => {
    const { socket } = onSocket({ listen: ['0.0.0.0:22 (Stream)', '[::]:22 (Stream)'] })
    const [head, ...lines] = socketFile(socket!, [22, 301]).trimEnd().split('\n')
    assert.match(head!, /^# Written by Riegel \(@ID@\)/)
    assert.deepEqual(lines, [
      '[Socket]',
      'ListenStream=',
      'ListenStream=0.0.0.0:22',
      'ListenStream=0.0.0.0:301',
      'ListenStream=[::]:22',
      'ListenStream=[::]:301',
    ])
  })

  test('a socket that is not active holds nothing', () => {
    assert.equal(activeSocket(debian.sshd), null)
    assert.equal(activeSocket(onSocket({}, { active: 'inactive' })), null)
    assert.equal(activeSocket(onSocket())?.unit.name, 'ssh.socket')
  })

  test('a generator counts until a drop-in of a person says otherwise', () => {
    const of = (generator: boolean, setBy: string[]) => followsPort({ ...onSocket().socket!, generator, setBy })
    assert.equal(of(false, []), false)
    assert.equal(of(true, []), true)
    assert.equal(of(true, generated), true)
    assert.equal(of(true, [...generated, '/etc/systemd/system/ssh.socket.d/port.conf']), false)
  })
})

describe('the ports of a socket', () => {
  test('move: its own drop-in, both ports first; with a generator sshd’s Port is enough', () => {
    const files = (sshd: typeof debian.sshd) =>
      changesOf(defaultPort, { sshd }).flatMap(change =>
        change.kind === 'file' ? [[change.stage, change.effect, change.content?.match(/\d+$/gm)?.join()]] : [],
      )
    assert.deepEqual(files(onSocket()), [
      ['open', 'ssh-socket', '22,411'],
      ['close', 'ssh-socket', '411'],
    ])
    assert.deepEqual(files(onSocket({ generator: true })), [])
    assert.deepEqual(files(debian.sshd), [])
  })

  const elsewhere = { ...debian.listeners, tcp: [{ address: '*', port: 411, process: 'sshd', pid: 100 }] }
  const judged = (sshd: typeof debian.sshd) => verdictOf(defaultPort, { sshd, listeners: elsewhere })

  test('at the next boot count as well as those that are open', () => {
    const idle = onSocket({}, { active: 'inactive' })
    assert.equal(judged(idle), 'fail')
    assert.deepEqual(complaints(defaultPort, { sshd: idle, listeners: elsewhere }), ['22'])
    assert.equal(judged(onSocket({ listen: ['[::]:411 (Stream)'] })), 'pass')
    assert.equal(judged(onSocket({ listen: ['[::1]:22 (Stream)'] })), 'pass')
    const high = { sshd: onSocket({ listen: ['[::]:2222 (Stream)'] }), listeners: elsewhere }
    assert.deepEqual(complaints(unprivileged, high), ['2222'])
  })

  test('that could not be seen are no pass', () => {
    const listen = ['[::]:411 (Stream)']
    const dark = [
      onSocket({ listen }, { needReload: true }),
      onSocket({ listen }, { enabled: 'disabled' }),
      { ...onSocket(), socket: undefined } as unknown as typeof debian.sshd,
    ]
    for (const sshd of dark) {
      assert.equal(judged(sshd), 'unknown')
      assert.equal(verdictOf(unprivileged, { sshd, listeners: elsewhere }), 'unknown')
    }
    assert.equal(opensAtBoot(onSocket({}, { active: 'inactive', enabled: 'disabled' })), null)
  })

  test('follow Port where a generator makes them, whatever is open now', () => {
    const of = (...lines: string[]) =>
      opensAtBoot({
        ...onSocket({ generator: true, listen: ['[::]:411 (Stream)'] }),
        files: sshdWith(...lines).files,
      })
    assert.deepEqual(of('Port 411'), [{ address: '::', port: 411 }])
    assert.deepEqual(of(), [{ address: '::', port: 22 }])
    assert.equal(of('ListenAddress 192.0.2.7:22'), 'unseen')
  })
})
