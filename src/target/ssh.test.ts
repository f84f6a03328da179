import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSshLog } from './ssh.js'

describe('readSshLog', () => {
  test('reads what ssh itself says', () => {
    const log = `debug1: Connecting to mail.example.org [203.0.113.5] port 301.
debug1: Remote protocol version 2.0, remote software version OpenSSH_10.0p2 Debian-7
debug1: Server host key: ssh-ed25519 SHA256:abc
debug1: Authentications that can continue: publickey,password
debug1: Server accepts key: /home/a/.ssh/id ED25519 SHA256:def explicit
Authenticated to mail.example.org ([203.0.113.5]:301) using "publickey".
`
    assert.deepEqual(readSshLog(log), {
      banner: 'OpenSSH_10.0p2 Debian-7',
      fingerprint: 'SHA256:abc',
      methods: ['publickey', 'password'],
      method: 'publickey',
      acceptedKey: 'SHA256:def',
      address: '203.0.113.5',
      port: 301,
    })
  })
  test("a banner's text is not ssh's word", () => {
    const log = '  debug1: Server host key: ssh-ed25519 SHA256:forged\nServer accepts key: x SHA256:forged\n'
    assert.equal(readSshLog(log).fingerprint, null)
    assert.equal(readSshLog(log).acceptedKey, null)
  })
})
