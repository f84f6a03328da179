import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Trouble } from '../model/trouble.js'
import { findPrivateHalf, readPublicKey } from './own.js'
import { parsePublicKey } from './public-key.js'
import { hasHost, hostBlock, isHostName, writeHostBlock } from './ssh-config.js'

const folder = mkdtempSync(join(tmpdir(), 'riegel-keys-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const make = (name: string, type: string, more: string[] = [], passphrase = '') => {
  const path = join(folder, name)
  spawnSync('ssh-keygen', ['-q', '-t', type, ...more, '-N', passphrase, '-C', `${name} of me`, '-f', path])
  return path
}
const about = (path: string) => spawnSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' }).stdout.split(' ')

describe('public keys, held against ssh-keygen itself', () => {
  for (const [type, bits] of [
    ['ed25519', '256'],
    ['rsa', '2048'],
    ['ecdsa', '384'],
  ] as const)
    test(`${type} ${bits}`, () => {
      const path = make(`k-${type}`, type, ['-b', bits])
      const key = parsePublicKey(readFileSync(`${path}.pub`, 'utf8'))!
      const [size, fingerprint] = about(path)
      assert.deepEqual([String(key.bits), key.fingerprint, key.comment], [size, fingerprint, `k-${type} of me`])
    })
  test('options in front are kept apart; nonsense and a type that lies are no key', () => {
    const line = readFileSync(`${make('opt', 'ed25519')}.pub`, 'utf8').trim()
    assert.equal(parsePublicKey(`from="10.0.0.0/8",restrict ${line}`)!.options, 'from="10.0.0.0/8",restrict')
    // as sshd reads it: a blank in quotes ends nothing, and what stands there is no key
    for (const options of [
      'environment="X= ssh-rsa AAAA b"',
      'command="a \\"b c\\" d",pty',
      'command="ssh-ed25519 AAAA"',
    ])
      assert.deepEqual(
        [parsePublicKey(`${options}  ${line}`)?.options, parsePublicKey(`${options} ${line}`)?.blob],
        [options, line.split(' ')[1]],
      )
    assert.equal(parsePublicKey(`command="${line}`), null)
    assert.equal(parsePublicKey(`# why ${line}`), null)
    assert.ok(parsePublicKey(`@cert-authority *.example.org ${line}`))
    assert.equal(parsePublicKey('ssh-ed25519 not-base64!'), null)
    assert.equal(parsePublicKey(line.replace('ssh-ed25519', 'ssh-rsa')), null)
    assert.equal(parsePublicKey(''), null)
  })
})

describe('the key a person names', () => {
  const refused = (path: string, words: RegExp) =>
    assert.throws(
      () => readPublicKey(path),
      (error: unknown) => error instanceof Trouble && words.test(error.text.en),
    )
  test('a private key, UTF-16, no key, nothing there: each says what to do', () => {
    const path = make('id', 'ed25519')
    refused(path, /is the private key; it stays here/)
    writeFileSync(join(folder, 'wide.pub'), Buffer.from(readFileSync(`${path}.pub`, 'utf8'), 'utf16le'))
    refused(join(folder, 'wide.pub'), /UTF-16/)
    writeFileSync(join(folder, 'text.pub'), 'hello\n')
    refused(join(folder, 'text.pub'), /no public key/)
    refused(join(folder, 'missing.pub'), /cannot be read/)
  })
  test('its private half is found beside it, and whether a passphrase guards it', async () => {
    const bare = await findPrivateHalf(`${make('bare', 'ed25519')}.pub`)
    assert.deepEqual([bare.identity, bare.encrypted], [join(folder, 'bare'), false])
    const locked = await findPrivateHalf(`${make('locked', 'ed25519', [], 'secret words')}.pub`)
    assert.deepEqual([locked.identity, locked.encrypted], [join(folder, 'locked'), true])
    rmSync(join(folder, 'bare'))
    assert.equal((await findPrivateHalf(join(folder, 'bare.pub'))).identity, null)
  })
})

describe('a Host block', () => {
  const path = join(folder, 'config')
  const block = hostBlock({ name: 'mail', hostName: '203.0.113.5', port: 301, user: 'anna', identity: '~/.ssh/id my' })
  test('comes before what was there, which is kept beside it', () => {
    writeFileSync(path, 'Host *\n  Port 22\n', { mode: 0o600 })
    const backup = writeHostBlock(block, '2026-11-25', path)
    assert.equal(readFileSync(backup!, 'utf8'), 'Host *\n  Port 22\n')
    const { stdout } = spawnSync('ssh', ['-F', path, '-G', 'mail'], { encoding: 'utf8' })
    assert.match(stdout, /^port 301$/m)
    assert.match(stdout, /^user anna$/m)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.ok(hasHost('mail', path) && !hasHost('mai', path))
  })
  test('without a file there is no backup', () => {
    const fresh = join(folder, 'none', 'config')
    assert.equal(writeHostBlock(block, 'x', fresh), null)
    assert.ok(existsSync(fresh))
  })
  test('a pattern or an option is no name', () => {
    assert.ok(isHostName('mail-2.example'))
    for (const word of ['*', '-o', 'a b', '', 'a\nb', '!x']) assert.ok(!isHostName(word), word)
  })
})
