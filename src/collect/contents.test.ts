import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOtherwise } from './contents.js'

test('a file of which other lines were read than it holds is named', () => {
  const contents = new Map([
    ['/etc/ssh/sshd_config', Buffer.from('Port 22\nUsePAM yes\n')],
    ['/etc/ssh/sshd_config.d/a.conf', null],
  ])
  const seen = (...lines: string[]) => [
    { path: '/etc/ssh/other', lines: ['x'] },
    { path: '/etc/ssh/sshd_config.d/a.conf', lines: ['x'] },
    { path: '/etc/ssh/sshd_config', lines },
  ]
  assert.equal(readOtherwise(seen('Port 22', 'UsePAM yes'), contents), null)
  assert.equal(readOtherwise(seen('Port 22', 'UsePAM yes', ''), contents), null)
  assert.equal(
    readOtherwise(seen('Port 22', 'UsePAM yes', 'TrustedUserCAKeys /tmp/ca'), contents),
    '/etc/ssh/sshd_config',
  )
})
