import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  changesOf,
  complaints,
  debian,
  places,
  refusalOf,
  sentences,
  sshdWith,
  verdictOf,
} from '../../../test/fixtures/facts.js'
import type { ListenerFacts } from '../../model/facts.js'
import rule from './ssh-default-port.js'

const listening = (...tcp: ListenerFacts[]) => ({ listeners: { ...debian.listeners, tcp } })
const sshd = (address: string, port: number): ListenerFacts => ({ address, port, process: 'sshd', pid: 100 })

describe(rule.id, () => {
  test('passes on another port, and with 22 on loopback only', () => {
    assert.equal(verdictOf(rule, listening(sshd('0.0.0.0', 411))), 'pass')
    assert.equal(verdictOf(rule, listening(sshd('0.0.0.0', 411), sshd('127.0.0.1', 22), sshd('::1', 22))), 'pass')
  })

  test('passes where port 22 belongs to something else', () => {
    const other = { address: '0.0.0.0', port: 22, process: 'endlessh', pid: 200 }
    const tcp = [sshd('0.0.0.0', 411), other]
    assert.equal(verdictOf(rule, { listeners: { ...debian.listeners, tcp, sshGreetings: [] } }), 'pass')
  })

  test('fails on port 22, once for all addresses', () => {
    assert.deepEqual(complaints(rule), ['22'])
    assert.deepEqual(complaints(rule, listening(sshd('::', 22), sshd('::', 411))), ['22'])
  })

  test('fails where systemd holds port 22 for ssh.socket', () => {
    const listeners = {
      ...debian.listeners,
      tcp: [{ address: '::', port: 22, process: 'systemd', pid: 1 }],
      socketUnits: [{ unit: 'ssh.socket', listen: '[::]:22' }],
    }
    assert.deepEqual(complaints(rule, { listeners }), ['22'])
  })

  test('says which line gives the port', () => {
    assert.deepEqual(places(rule, { sshd: sshdWith('# ours', 'port 22') }), ['/etc/ssh/sshd_config.d/10-own.conf:2'])
    assert.deepEqual(sentences(rule), ['SSH listens on port 22 (0.0.0.0, ::).'])
  })

  test('is unknown where no listener of sshd is found', () => {
    assert.equal(verdictOf(rule, listening()), 'unknown')
  })

  test('fix: both ports before the proof, one after it, and old lines go', () => {
    assert.deepEqual(changesOf(rule), [
      { kind: 'setting', stage: 'open', keyword: 'Port', values: ['22', '411'] },
      { kind: 'setting', stage: 'close', keyword: 'Port', values: ['411'] },
    ])
    assert.deepEqual(changesOf(rule, { sshd: sshdWith('Port 22') }), [
      { kind: 'setting', stage: 'open', keyword: 'Port', values: ['411'] },
      { kind: 'setting', stage: 'close', keyword: 'Port', values: ['411'] },
      { kind: 'line', stage: 'close', path: '/etc/ssh/sshd_config.d/10-own.conf', line: 'Port 22' },
    ])
  })

  test('fix: opens the door in the filter that is active', () => {
    const [door] = changesOf(rule, { firewall: { ...debian.firewall, ufw: 'active' } })
    assert.deepEqual(door, { kind: 'firewall', stage: 'open', port: 411, manager: 'ufw' })
  })

  test('fix refuses where the person keeps the port', () => {
    assert.match(refusalOf(rule, {}, { newPort: 'keep' }), /stays/)
  })
})
