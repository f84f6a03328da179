import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { lookAtFiles } from './own-files.js'
import { plainForm, privateKeysIn } from './private-file.js'

const top = mkdtempSync(join(tmpdir(), 'riegel-own-'))
after(() => rmSync(top, { recursive: true, force: true }))
const folder = (name: string) => {
  const path = join(top, name)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  return path
}
const keygen = (...words: string[]) => {
  const { status, stderr } = spawnSync('ssh-keygen', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  assert.equal(status, 0, stderr)
}
const make = (path: string, type: string, passphrase: string, ...more: string[]) => {
  keygen('-q', '-t', type, ...more, '-N', passphrase, '-C', 'of me', '-f', path)
  return path
}
/** What ssh-keygen says of it: bits and fingerprint. */
const about = (path: string) => {
  const [bits, fingerprint] = spawnSync('ssh-keygen', ['-l', '-f', path], { encoding: 'utf8' }).stdout.split(' ')
  return [Number(bits), fingerprint]
}
const only = (path: string) => {
  const found = privateKeysIn(readFileSync(path))
  assert.equal(found.length, 1)
  return found[0]!
}

describe('a private key by its content, held against ssh-keygen', () => {
  const made = folder('made')
  for (const [name, type, passphrase, more, seen] of [
    ['new', 'ed25519', '', [], ['openssh', false, 'ed25519']],
    ['new-locked', 'ed25519', 'secret words', [], ['openssh', true, 'ed25519']],
    ['rsa', 'rsa', '', ['-b', '2048'], ['openssh', false, 'rsa']],
    ['rsa-locked', 'rsa', 'secret words', ['-b', '2048'], ['openssh', true, 'rsa']],
    ['ecdsa', 'ecdsa', '', ['-b', '384'], ['openssh', false, 'ecdsa']],
    ['pem', 'rsa', '', ['-b', '2048', '-m', 'PEM'], ['pem', false, 'rsa']],
    ['pem-ec', 'ecdsa', '', ['-b', '521', '-m', 'PEM'], ['pem', false, 'ecdsa']],
    ['pkcs8', 'rsa', '', ['-b', '2048', '-m', 'PKCS8'], ['pkcs8', false, 'rsa']],
  ] as const)
    test(name, () => {
      const path = make(join(made, name), type, passphrase, ...more)
      const key = only(path)
      assert.deepEqual([key.format, key.encrypted, key.type], seen)
      assert.deepEqual([key.bits, key.fingerprint], about(path))
    })

  test('locked in an old form: nothing of it shows, but what stands beside it', async () => {
    const place = folder('locked')
    const pem = make(join(place, 'pem'), 'rsa', 'secret words', '-b', '2048', '-m', 'PEM')
    const pkcs8 = make(join(place, 'pkcs8'), 'rsa', 'secret words', '-b', '2048', '-m', 'PKCS8')
    assert.deepEqual([only(pem).format, only(pem).encrypted, only(pem).type, only(pem).bits], ['pem', true, 'rsa', 0])
    assert.deepEqual([only(pkcs8).encrypted, only(pkcs8).type], [true, 'unknown'])
    const { keys } = await lookAtFiles([place])
    assert.deepEqual(
      keys.map(({ type, bits, fingerprint }) => [type, bits, fingerprint]),
      [
        ['rsa', ...about(`${pem}.pub`)],
        ['rsa', ...about(`${pkcs8}.pub`)],
      ],
    )
  })

  test('an Ed25519 key as OpenSSL writes it, which ssh-keygen of Debian 12 does not read', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const key = privateKeysIn(Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })))[0]!
    assert.deepEqual([key.format, key.encrypted, key.type, key.bits], ['pkcs8', false, 'ed25519', 256])
    assert.match(key.fingerprint, /^SHA256:/)
  })

  test('a DSA key is one, whatever else can be told of it', () => {
    const { privateKey } = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 })
    const key = privateKeysIn(Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })))[0]!
    assert.deepEqual([key.type, key.bits, key.encrypted], ['dsa', 1024, false])
  })

  test('however an editor left it: bare all the same, and mended into what ssh-keygen reads', () => {
    const path = make(join(made, 'edited'), 'ed25519', '')
    const words = readFileSync(path, 'latin1')
    const crlf = words.replaceAll('\n', '\r\n')
    const [bits, fingerprint] = about(path)
    for (const [name, bytes] of Object.entries({
      crlf: Buffer.from(crlf),
      'old Mac': Buffer.from(words.replaceAll('\n', '\r')),
      'no last newline': Buffer.from(words.trimEnd()),
      'byte order mark': Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(crlf)]),
      'a remark in front': Buffer.from(`my key\n# of 2019\n\n${words}`),
      'UTF-16': Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(crlf, 'utf16le')]),
      'UTF-16, the other end': Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(crlf, 'utf16le').swap16()]),
      'UTF-16 without a mark': Buffer.from(crlf, 'utf16le'),
      indented: Buffer.from(words.replace(/^/gm, '    ')),
      'words behind it': Buffer.from(`${words}\nthat was it`),
    })) {
      const found = privateKeysIn(bytes)
      assert.deepEqual(
        found.map(key => [key.format, key.encrypted, key.type, key.bits, key.fingerprint]),
        [['openssh', false, 'ed25519', bits, fingerprint]],
        name,
      )
      const again = join(made, 'again')
      writeFileSync(again, plainForm(bytes)!, { mode: 0o600 })
      assert.equal(spawnSync('ssh-keygen', ['-y', '-P', '', '-f', again]).status, 0, name)
    }
  })

  test('within a line of something else: quoted, in JSON, in a mail', () => {
    for (const [type, ...more] of [['ed25519'], ['rsa', '-b', '2048', '-m', 'PEM']] as const) {
      const path = make(join(made, `within-${type}`), type, '', ...more)
      const words = readFileSync(path, 'latin1')
      const [bits, fingerprint] = about(path)
      for (const [name, text] of Object.entries({
        '.env': `A=1\nKEY="${words}"\nB=2\n`,
        '.env, in one line': `A=1\nKEY="${words.replaceAll('\n', '\\n')}"\nB=2\n`,
        JSON: `\n${JSON.stringify({ key: words, a: 1 })}`,
        mail: `\n${words.replace(/^/gm, '> ')}`,
      }))
        assert.deepEqual(
          privateKeysIn(Buffer.from(text)).map(key => [key.line, key.encrypted, key.type, key.bits, key.fingerprint]),
          [[2, false, type, bits, fingerprint]],
          name,
        )
    }
    const locked = readFileSync(make(join(made, 'within-locked'), 'rsa', 'secret words', '-m', 'PEM'), 'latin1')
    assert.deepEqual(
      privateKeysIn(Buffer.from(JSON.stringify(locked))).map(key => [key.format, key.encrypted]),
      [['pem', true]],
    )
  })

  test('bare is bare, whatever its head says', () => {
    const pem = readFileSync(make(join(made, 'says-rsa'), 'rsa', '', '-b', '2048', '-m', 'PEM'), 'latin1')
    const ec = readFileSync(make(join(made, 'says-ec'), 'ecdsa', '', '-m', 'PEM'), 'latin1')
    const pkcs8 = readFileSync(make(join(made, 'says-8'), 'rsa', '', '-b', '2048', '-m', 'PKCS8'), 'latin1')
    const head = 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n'
    for (const [words, type] of [
      [pem.replace('\n', `\n${head}`), 'rsa'],
      [pem.replace('\n', '\nDEK-Info: AES-128-CBC,00\n\n'), 'rsa'],
      [ec.replace('\n', `\n${head}`), 'ecdsa'],
      [pkcs8.replace('\n', `\n${head}`), 'rsa'],
      [pkcs8.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'), 'rsa'],
    ] as const)
      assert.deepEqual(
        privateKeysIn(Buffer.from(words)).map(key => [key.encrypted, key.type]),
        [[false, type]],
        words.slice(0, 120),
      )
  })

  test('a second key in a file counts, with its line', () => {
    const one = readFileSync(make(join(made, 'one'), 'ed25519', 'secret words'), 'latin1')
    const two = readFileSync(make(join(made, 'two'), 'rsa', '', '-b', '2048', '-m', 'PEM'), 'latin1')
    const found = privateKeysIn(Buffer.from(one + two))
    assert.deepEqual(
      found.map(({ encrypted, line }) => [encrypted, line]),
      [
        [true, 1],
        [false, one.split('\n').length],
      ],
    )
    assert.equal(plainForm(Buffer.from(one + two)), null)
  })

  test('cut short: its head still holds; rubbish behind a heading is unknown, never locked', () => {
    const words = readFileSync(make(join(made, 'cut'), 'ed25519', ''), 'latin1')
    assert.deepEqual(
      privateKeysIn(Buffer.from(words.slice(0, 90))).map(key => [key.format, key.encrypted]),
      [['openssh', false]],
    )
    for (const rubbish of [
      '-----BEGIN OPENSSH PRIVATE KEY-----\n',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
      '-----BEGIN RSA PRIVATE KEY-----\nhello\n-----END RSA PRIVATE KEY-----\n',
      '-----BEGIN FUNNY PRIVATE KEY-----\nMIIE\n-----END FUNNY PRIVATE KEY-----\n',
      '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n',
      'PuTTY-User-Key-File-3: ssh-ed25519\n',
    ])
      assert.deepEqual(
        privateKeysIn(Buffer.from(rubbish)).map(key => [key.format, key.encrypted]),
        [['unknown', false]],
        rubbish,
      )
  })

  test('every single byte of it cut off or turned round: no crash', () => {
    for (const type of ['ed25519', 'pem'] as const) {
      const bytes = readFileSync(
        type === 'pem'
          ? make(join(made, 'flip-pem'), 'ecdsa', '', '-m', 'PEM')
          : make(join(made, 'flip'), 'ed25519', ''),
      )
      for (let at = 0; at < bytes.length; at++) {
        privateKeysIn(bytes.subarray(0, at))
        const turned = Buffer.from(bytes)
        turned[at] = turned[at]! ^ 0x55
        privateKeysIn(turned)
      }
    }
  })

  test('what only speaks of keys is none', () => {
    for (const words of [
      '',
      'grep -- "-----BEGIN OPENSSH PRIVATE KEY-----" file',
      'a key begins with `-----BEGIN RSA PRIVATE KEY-----` and ends with `-----END RSA PRIVATE KEY-----`',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ==\n',
      '-----BEGIN CERTIFICATE-----\nMIIB\n',
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP anna',
    ])
      assert.deepEqual(privateKeysIn(Buffer.from(words)), [], words)
  })

  test('thousands of headings in one file do not take for ever, and are not told to the end', () => {
    const found = privateKeysIn(Buffer.from('-----BEGIN OPENSSH PRIVATE KEY-----\n'.repeat(200_000)))
    assert.equal(found.length, 101)
    assert.equal(found.at(-1)!.format, 'unknown')
    for (const [word, times] of [
      ['"-----BEGIN RSA PRIVATE KEY-----" ', 400_000],
      ['x-----BEGIN RSA PRIVATE KEY-----\n', 400_000],
      [`x-----BEGIN RSA PRIVATE KEY-----${'A'.repeat(9000)}`, 1500],
    ] as const) {
      const began = performance.now()
      assert.deepEqual(privateKeysIn(Buffer.from(word.repeat(times))), [])
      // within a second; looked for from each heading anew it would take hours
      assert.ok(performance.now() - began < 120_000)
    }
  })
})

describe('keys of other programs, and of a key that is only a handle', () => {
  const blob = 'AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP'
  const ppk = (version: number, cipher: string) =>
    [
      `PuTTY-User-Key-File-${version}: ssh-ed25519`,
      `Encryption: ${cipher}`,
      'Comment: ed25519-key-20240101',
      'Public-Lines: 2',
      blob.slice(0, 64),
      blob.slice(64),
      ...(version === 3 && cipher !== 'none' ? ['Key-Derivation: Argon2id', 'Argon2-Memory: 8192'] : []),
      'Private-Lines: 1',
      'AAAAIMfMXPh6ueEIpPIVDJtJsV8XdgUjZlcrU0bYiAnZ0wEk',
      `Private-MAC: ${'0'.repeat(64)}`,
      '',
    ].join('\r\n')
  const seen = (words: string) =>
    privateKeysIn(Buffer.from(words)).map(key => [key.format, key.encrypted, key.type, key.bits])

  test("PuTTY's, of both versions, locked and bare", () => {
    assert.deepEqual(seen(ppk(3, 'none')), [['putty-3', false, 'ed25519', 256]])
    assert.deepEqual(seen(ppk(3, 'aes256-cbc')), [['putty-3', true, 'ed25519', 256]])
    assert.deepEqual(seen(ppk(2, 'none')), [['putty-2', false, 'ed25519', 256]])
    assert.deepEqual(seen(ppk(2, 'aes256-cbc')), [['putty-2', true, 'ed25519', 256]])
    assert.match(privateKeysIn(Buffer.from(ppk(3, 'none')))[0]!.fingerprint, /^SHA256:/)
  })

  const string = (bytes: Buffer | string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.from(bytes as Buffer).length)
    return Buffer.concat([length, Buffer.from(bytes as Buffer)])
  }
  const uint = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }

  test('ssh.com: it says ENCRYPTED even when it is not', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const { n, e } = publicKey.export({ format: 'jwk' }) as { n: string; e: string }
    const mp = (bytes: Buffer) => Buffer.concat([uint(bytes.length * 8 - Math.clz32(bytes[0]!) + 24), bytes])
    const numbers = Buffer.concat([
      mp(Buffer.from(e, 'base64url')),
      mp(Buffer.from([1])),
      mp(Buffer.from(n, 'base64url')),
    ])
    const file = (cipher: string, content: Buffer) => {
      const kind = 'if-modn{sign{rsa-pkcs1-sha1},encrypt{rsa-pkcs1v2-oaep}}'
      const body = Buffer.concat([uint(0x3f6ff9eb), uint(0), string(kind), string(cipher), string(content)]).toString(
        'base64',
      )
      return `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "2048-bit \\\nrsa"\n${body.replace(/.{70}/g, '$&\n')}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n`
    }
    assert.deepEqual(seen(file('none', Buffer.concat([uint(numbers.length), numbers]))), [
      ['ssh.com', false, 'rsa', 1024],
    ])
    assert.deepEqual(seen(file('3des-cbc', Buffer.alloc(64))), [['ssh.com', true, 'rsa', 0]])
  })

  test('SSH 1', () => {
    const file = (cipher: number) =>
      Buffer.concat([
        Buffer.from('SSH PRIVATE KEY FILE FORMAT 1.1\n\0'),
        Buffer.from([cipher]),
        uint(0),
        uint(1024),
        Buffer.alloc(40),
      ])
    assert.deepEqual(
      [0, 3].map(cipher => privateKeysIn(file(cipher))[0]).map(key => [key!.encrypted, key!.type, key!.bits]),
      [
        [false, 'rsa1', 1024],
        [true, 'rsa1', 1024],
      ],
    )
  })

  test('the handle of a security key is told by its type', () => {
    const pub = Buffer.concat([string('sk-ssh-ed25519@openssh.com'), string(Buffer.alloc(32, 7)), string('ssh:')])
    const body = Buffer.concat([
      Buffer.from('openssh-key-v1\0'),
      string('none'),
      string('none'),
      string(''),
      uint(1),
      string(pub),
      string(Buffer.alloc(64)),
    ])
    const file = `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
    assert.deepEqual(seen(file), [['openssh', false, 'ed25519-sk', 256]])
  })
})

describe('places', () => {
  test('subfolders, links, other files by what they are; pipes, sockets and devices are never opened', async () => {
    const place = folder('place')
    make(join(place, 'id'), 'ed25519', '')
    mkdirSync(join(place, 'work/old'), { recursive: true })
    make(join(place, 'work/old/a name.txt'), 'ed25519', 'secret words')
    cpSync(join(place, 'id'), join(top, 'elsewhere'))
    symlinkSync(join(top, 'elsewhere'), join(place, 'link'))
    symlinkSync(join(place, 'id'), join(place, 'same'))
    symlinkSync(place, join(place, 'work/circle'))
    symlinkSync('nowhere', join(place, 'gone'))
    symlinkSync('/dev/zero', join(place, 'zero'))
    assert.equal(spawnSync('mkfifo', [join(place, 'pipe')]).status, 0)
    const server = createServer().listen(join(place, 'agent'))
    await new Promise(resolve => server.once('listening', resolve))
    writeFileSync(join(place, 'config'), 'Host *\n')
    writeFileSync(join(place, 'known_hosts'), '')
    writeFileSync(join(place, 'id-cert.pub'), '')
    keygen('-q', '-s', join(place, 'id'), '-I', 'me', join(place, 'id.pub'))
    const { keys, others, unread } = await lookAtFiles([place])
    server.close()
    assert.deepEqual(
      keys.map(({ path, encrypted }) => [path.slice(place.length + 1), encrypted]),
      [
        ['id', false],
        ['link', false],
        ['work/old/a name.txt', true],
      ],
    )
    assert.deepEqual(Object.fromEntries(others.map(({ path, is }) => [path.slice(place.length + 1), is])), {
      agent: 'socket',
      config: 'config',
      gone: 'dangling',
      'id-cert.pub': 'certificate',
      'id.pub': 'public',
      known_hosts: 'known-hosts',
      pipe: 'pipe',
      'work/old/a name.txt.pub': 'public',
      zero: 'device',
    })
    assert.deepEqual(unread, [])
  })

  test('modes of key files and of the folders they lie in', async () => {
    const place = folder('modes')
    const path = make(join(place, 'id'), 'ed25519', '')
    chmodSync(path, 0o644)
    chmodSync(place, 0o770)
    const { paths } = await lookAtFiles([path])
    assert.deepEqual(
      paths.map(({ path, mode, kind }) => [path, mode, kind]),
      [
        [path, 0o644, 'file'],
        [place, 0o770, 'directory'],
      ],
    )
    assert.ok(paths.every(({ owner, account }) => owner === account))
  })

  test('what may not be read, and what is too large, is said', { skip: process.getuid?.() === 0 }, async () => {
    const place = folder('shut')
    chmodSync(make(join(place, 'id'), 'ed25519', ''), 0)
    mkdirSync(join(place, 'inner'), { mode: 0 })
    const { unread } = await lookAtFiles([place])
    assert.deepEqual(
      unread.map(({ path, why }) => [path.slice(place.length + 1), why]),
      [
        ['id', 'denied'],
        ['inner', 'denied'],
      ],
    )
  })

  test('a file of 17 MiB is not read, and that is said', async () => {
    const place = folder('large')
    writeFileSync(join(place, 'image'), Buffer.alloc(17 * 1024 * 1024))
    assert.deepEqual((await lookAtFiles([place])).unread, [{ path: join(place, 'image'), why: 'too-large' }])
  })

  test('ten thousand files take some seconds at most; more than twenty thousand are not all looked at', async () => {
    const place = folder('many')
    for (let at = 0; at < 10_000; at++) writeFileSync(join(place, `f${at}`), 'Host x\n')
    const from = performance.now()
    const some = await lookAtFiles([place])
    assert.ok(performance.now() - from < 10_000)
    assert.deepEqual([some.others.length, some.unread.length], [10_000, 0])
    const { unread } = await lookAtFiles([
      place,
      join(top, 'made'),
      ...Array.from({ length: 3 }, (_, at) => {
        const more = folder(`more-${at}`)
        for (let n = 0; n < 4000; n++) writeFileSync(join(more, `f${n}`), '')
        return more
      }),
    ])
    assert.deepEqual(
      unread.map(({ why }) => why),
      ['too-many'],
    )
  })
})
