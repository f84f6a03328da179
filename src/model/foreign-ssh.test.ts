import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { debian, effective, onSocket, verdictOf } from '../../test/fixtures/facts.js'
import interactive from '../rules/keys/keyboard-interactive-password.js'
import password from '../rules/keys/password-login.js'
import port from '../rules/ports/ssh-default-port.js'
import root from '../rules/root/ssh-login.js'
import { foreignSsh } from './foreign-ssh.js'

const listening = (process: string, at: number, address = '*', greets = true) => ({
  ...debian.listeners,
  tcp: [...debian.listeners.tcp.map(one => ({ ...one, port: 2222 })), { address, port: at, process, pid: 7 }],
  sshGreetings: greets ? [{ port: at, line: 'SSH-2.0-dropbear_2022.83' }] : [],
})

describe('another SSH server than sshd', () => {
  test('is told by its greeting, or by its name where no greeting was asked for', () => {
    for (const listeners of [listening('x', 22), listening('', 22), listening('dropbear', 22, '::', false)])
      assert.match(foreignSsh({ ...debian, listeners })?.en ?? '', /port 22/)
    assert.equal(foreignSsh(debian), null)
    assert.equal(foreignSsh({ ...debian, listeners: listening('nginx', 443, '*', false) }), null)
    assert.equal(foreignSsh({ ...debian, listeners: listening('x', 22, '127.0.0.1') }), null)
    // a session's forwarding, and what systemd holds for sshd
    assert.equal(foreignSsh({ ...debian, listeners: listening('sshd', 8080, '*', false) }), null)
    const socketUnits = [{ unit: 'ssh.socket', listen: '[::]:22' }]
    const held = { ...listening('systemd', 22), socketUnits }
    assert.equal(foreignSsh({ ...debian, sshd: onSocket(), listeners: held }), null)
  })

  test('leaves unknown what only sshd was asked about', () => {
    const shut = effective({ permitrootlogin: 'no' })
    const at = (where: number) =>
      [password, interactive, root, port].map(rule =>
        verdictOf(rule, { effective: shut, listeners: listening('dropbear', where) }),
      )
    assert.deepEqual(at(22), ['unknown', 'unknown', 'unknown', 'unknown'])
    assert.deepEqual(at(24), ['unknown', 'unknown', 'unknown', 'pass'])
    const open = effective({ permitrootlogin: 'yes', passwordauthentication: 'yes' })
    const listeners = listening('dropbear', 22)
    assert.deepEqual(
      [password, root].map(rule => verdictOf(rule, { effective: open, listeners })),
      ['fail', 'fail'],
    )
  })
})
