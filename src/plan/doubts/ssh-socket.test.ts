import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { choices, debian, onSocket, sshdWith } from '../../../test/fixtures/facts.js'
import type { ListenFacts } from '../../model/facts.js'
import { doubts } from './index.js'

const about = ['ssh-socket', 'not-enabled', 'no-sshd-unit', 'second-listener']

/** Which of them speak, each with what it says. */
const said = (sshd: typeof debian.sshd, more: Partial<ListenFacts> = {}, newPort: number | 'keep' = 301): string[] =>
  doubts
    .filter(doubt => about.includes(doubt.id))
    .flatMap(doubt => {
      const facts = { ...debian, sshd, listeners: { ...debian.listeners, ...more } }
      const answer = doubt.consider({ facts, choices: choices({ newPort }), items: [] })
      return answer === null || !('refuse' in answer) ? [] : [`${doubt.id}: ${answer.refuse.en}`]
    })
const refuses = (sshd: typeof debian.sshd, says: RegExp, more: Partial<ListenFacts> = {}): void => {
  const [first = '', ...rest] = said(sshd, more)
  assert.match(first, says)
  assert.deepEqual(rest, [])
}

const [service] = debian.sshd.units
const both = { listen: ['0.0.0.0:22 (Stream)', '[::]:22 (Stream)'] }
const addresses = '/run/systemd/generator/ssh.socket.d/addresses.conf'

describe('who holds the port of ssh', () => {
  test('the service, enabled: no doubt', () => assert.deepEqual(said(debian.sshd), []))

  test('the service, but not at the next boot', () => {
    refuses({ ...debian.sshd, units: [{ ...service!, enabled: 'disabled' }] }, /^not-enabled: /)
  })

  test('nobody that systemd knows', () => {
    refuses({ ...debian.sshd, units: [{ ...service!, active: 'inactive' }] }, /^no-sshd-unit: /)
  })

  test('the socket, as Debian and Ubuntu have it: no doubt, whether the service runs or not', () => {
    const idle = (sshd: typeof debian.sshd) => ({
      ...sshd,
      units: sshd.units.map(unit => (unit.name === 'ssh.service' ? { ...unit, active: 'inactive', mainPid: 0 } : unit)),
    })
    const tcp = [{ address: '*', port: 22, process: 'systemd', pid: 1 }]
    const socketUnits = [{ unit: 'ssh.socket', listen: '[::]:22' }]
    for (const sshd of [
      onSocket(),
      onSocket(both),
      onSocket({ ...both, generator: true, setBy: [addresses] }),
      onSocket({ setBy: ['/etc/systemd/system/ssh.socket.d/port.conf'] }),
      onSocket({ setBy: ['/etc/systemd/system/ssh.socket.d/zz-riegel.conf'] }),
    ]) {
      assert.deepEqual(said(sshd), [])
      assert.deepEqual(said(idle(sshd), { tcp, socketUnits }), [])
    }
  })

  test('a socket of another service on the same server stays foreign', () => {
    const tcp = [...debian.listeners.tcp, { address: '*', port: 2223, process: 'systemd', pid: 1 }]
    const sshGreetings = [{ port: 2223, line: 'SSH-2.0-dropbear' }]
    refuses(onSocket(), /^second-listener: .*2223/, { tcp, sshGreetings })
  })

  test('what Riegel cannot keep up is refused, each by its own name', () => {
    refuses({ ...onSocket(), socket: undefined } as unknown as typeof debian.sshd, /could not be looked at/)
    refuses(onSocket({ accept: true }), /Accept=yes/)
    refuses(onSocket({ triggers: ['other.service'] }), /something else than sshd: other\.service/)
    refuses(onSocket({ killMode: 'control-group' }), /KillMode=control-group/)
    refuses(onSocket({ listen: ['[::]:22 (Stream)', '/run/ssh (Stream)'] }), /more than ordinary ports: \/run\/ssh/)
    refuses(onSocket({}, { enabled: 'disabled' }), /does not start at the next boot \(disabled\)/)
    refuses(onSocket({ listen: ['[::]:2222 (Stream)'] }), /is to open 2222, open is/)
    refuses(onSocket({ setBy: ['/etc/systemd/system/ssh.socket.d/zzz.conf'] }), /zzz\.conf; that counts before/)
    const uneven = { listen: ['0.0.0.0:22 (Stream)', '[::]:2222 (Stream)'] }
    const tcp = [
      { address: '0.0.0.0', port: 22, process: 'sshd', pid: 100 },
      { address: '::', port: 2222, process: 'sshd', pid: 100 },
    ]
    refuses(onSocket(uneven), /the same ports on every address/, { tcp })
    // where the port stays, its addresses are nobody's business
    assert.deepEqual(said(onSocket(uneven), { tcp }, 'keep'), [])
  })

  test('a generator that has not been asked since Port was changed', () => {
    const socket = onSocket({ generator: true })
    refuses({ ...socket, files: sshdWith('Port 2222').files }, /opens 22, Port in sshd_config says 2222/)
    assert.deepEqual(said({ ...socket, files: sshdWith('Port 22').files }), [])
  })
})
