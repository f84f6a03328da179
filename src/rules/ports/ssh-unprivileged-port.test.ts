import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, debian, places, refusalOf, sshdWith, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './ssh-unprivileged-port.js'

const on = (...ports: number[]) => ({
  listeners: {
    ...debian.listeners,
    tcp: ports.map(port => ({ address: '0.0.0.0', port, process: 'sshd', pid: 100 })),
  },
})

describe(rule.id, () => {
  test('passes below the first port that anybody may open', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(verdictOf(rule, on(1023)), 'pass')
  })

  test('fails from that port on', () => {
    assert.deepEqual(complaints(rule, on(22, 1024, 2222)), ['1024', '2222'])
  })

  test('fails where the kernel was told a lower limit', () => {
    assert.deepEqual(complaints(rule, { system: { ...debian.system, unprivilegedPortStart: 0 } }), ['22'])
  })

  test('says which line gives the port', () => {
    const sshd = sshdWith('Port 22', 'Port 2222')
    assert.deepEqual(places(rule, { ...on(22, 2222), sshd }), ['/etc/ssh/sshd_config.d/10-own.conf:2'])
  })

  test('is unknown where no listener of sshd is found', () => {
    assert.equal(verdictOf(rule, on()), 'unknown')
  })

  test('fix: moves, or refuses where the person keeps the port', () => {
    const changes = changesOf(rule, on(2222), { ports: { before: [2222], after: [411] } })
    assert.deepEqual(changes, [
      { kind: 'setting', stage: 'open', keyword: 'Port', values: ['2222', '411'] },
      { kind: 'setting', stage: 'close', keyword: 'Port', values: ['411'] },
    ])
    assert.match(refusalOf(rule, on(2222), { newPort: 'keep' }), /stays/)
  })
})
