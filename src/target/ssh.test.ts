import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Lost } from '../model/target.js'
import { readSshLog, signs } from './ssh.js'

describe('signs of life on the way to a shell', () => {
  const pause = () => new Promise(resolve => setTimeout(resolve, 20))
  const withLog = async (work: (log: string) => Promise<void>) => {
    const folder = mkdtempSync(join(tmpdir(), 'riegel-test-'))
    try {
      await work(join(folder, 'work.log'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  const read = async (heard: () => number): Promise<number> => {
    await pause()
    return heard()
  }
  test("each line of ssh's own counts until it is logged in, nothing after that", () =>
    withLog(async log => {
      const heard = signs(log, false)
      const none = await read(heard)
      assert.equal(await read(heard), none)
      writeFileSync(log, 'debug1: Remote protocol version 2.0, remote software version x\n')
      const first = await read(heard)
      assert.ok(first > none)
      appendFileSync(log, 'Authenticated to h ([192.0.2.1]:22) using "publickey".\n')
      const through = await read(heard)
      assert.ok(through > first)
      appendFileSync(log, 'debug1: Remote: again and again\n')
      assert.equal(await read(heard), through)
    }))
  test('while ssh may be asking somebody, time does not count; while the server is to answer it does', () =>
    withLog(async log => {
      const heard = signs(log, true)
      writeFileSync(log, 'debug1: Next authentication method: password\n')
      const asked = await read(heard)
      assert.ok((await read(heard)) > asked)
      appendFileSync(log, 'debug1: SSH2_MSG_KEXINIT sent\n')
      const turn = await read(heard)
      assert.equal(await read(heard), turn)
      const nobody = signs(log, false)
      const first = await read(nobody)
      assert.equal(await read(nobody), first)
    }))
  test('a log without an end is Lost', () =>
    withLog(async log => {
      const heard = signs(log, true)
      writeFileSync(log, 'x'.repeat(2_000_000))
      assert.throws(heard, Lost)
    }))
})

describe('readSshLog', () => {
  test('reads what ssh itself says', () => {
    const log = `debug1: Connecting to mail.example.org [203.0.113.5] port 301.
debug1: Remote protocol version 2.0, remote software version OpenSSH_10.0p2 Debian-7
debug1: Server host key: ssh-ed25519 SHA256:abc
debug1: Authentications that can continue: publickey,password
debug1: Offering public key: /home/a/.ssh/old RSA SHA256:ghi explicit
debug1: Offering public key: /home/a/.ssh/id ED25519 SHA256:def explicit
debug1: Server accepts key: /home/a/.ssh/id ED25519 SHA256:def explicit
Authenticated to mail.example.org ([203.0.113.5]:301) using "publickey".
`
    assert.deepEqual(readSshLog(log), {
      banner: 'OpenSSH_10.0p2 Debian-7',
      fingerprint: 'SHA256:abc',
      methods: ['publickey', 'password'],
      method: 'publickey',
      acceptedKey: 'SHA256:def',
      offered: ['SHA256:ghi', 'SHA256:def'],
      denied: [],
      address: '203.0.113.5',
      port: 301,
    })
  })
  test('what was missing still, by the last line alone', () => {
    const denied = (log: string) => readSshLog(log).denied
    assert.deepEqual(denied('debug1: x\nanna@h: Permission denied (keyboard-interactive).\n'), ['keyboard-interactive'])
    assert.deepEqual(denied('Permission denied (publickey,password).\n'), ['publickey', 'password'])
    assert.deepEqual(denied('Permission denied (publickey).\nAuthenticated to h using "publickey".\n'), [])
  })
  test("a banner's text is not ssh's word", () => {
    const log = '  debug1: Server host key: ssh-ed25519 SHA256:forged\nServer accepts key: x SHA256:forged\n'
    assert.equal(readSshLog(log).fingerprint, null)
    assert.equal(readSshLog(log).acceptedKey, null)
  })
})
