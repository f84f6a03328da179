import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { choices, debian } from '../../../test/fixtures/facts.js'
import { doubts } from './index.js'

const named = (sshd: typeof debian.sshd): string[] =>
  doubts
    .filter(doubt => ['ssh-socket', 'not-enabled', 'no-sshd-unit'].includes(doubt.id))
    .flatMap(doubt =>
      doubt.consider({ facts: { ...debian, sshd }, choices: choices(), items: [] }) === null ? [] : [doubt.id],
    )

const [service] = debian.sshd.units
const socket = { ...service!, name: 'ssh.socket', mainPid: 0 }

describe('who holds the port of ssh', () => {
  test('the service, enabled: no doubt', () => {
    assert.deepEqual(named(debian.sshd), [])
  })
  test('the service, but not at the next boot', () => {
    assert.deepEqual(named({ ...debian.sshd, units: [{ ...service!, enabled: 'disabled' }] }), ['not-enabled'])
  })
  test('nobody that systemd knows', () => {
    assert.deepEqual(named({ ...debian.sshd, units: [{ ...service!, active: 'inactive' }] }), ['no-sshd-unit'])
  })
  test('the socket: it alone is named, whether the service runs or not', () => {
    for (const active of ['active', 'inactive'])
      assert.deepEqual(named({ ...debian.sshd, units: [{ ...service!, active, enabled: 'disabled' }, socket] }), [
        'ssh-socket',
      ])
  })
})
