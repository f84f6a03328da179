import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { algorithmLists, strengthened } from './weak-algorithms.js'

const list = (keyword: string) => algorithmLists.find(l => l.keyword === keyword)!

describe('weak algorithms', () => {
  test('what is broken is weak, what OpenSSH prefers is not', () => {
    const cases: [string, string[], string[]][] = [
      [
        'KexAlgorithms',
        ['diffie-hellman-group1-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group-exchange-sha1'],
        [
          'mlkem768x25519-sha256',
          'sntrup761x25519-sha512@openssh.com',
          'curve25519-sha256@libssh.org',
          'diffie-hellman-group14-sha256',
          'diffie-hellman-group16-sha512',
          'diffie-hellman-group-exchange-sha256',
          'ecdh-sha2-nistp256',
        ],
      ],
      [
        'Ciphers',
        ['3des-cbc', 'aes128-cbc', 'rijndael-cbc@lysator.liu.se', 'arcfour', 'arcfour256', 'blowfish-cbc'],
        ['chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes256-gcm@openssh.com'],
      ],
      [
        'MACs',
        ['hmac-sha1', 'hmac-sha1-etm@openssh.com', 'hmac-sha1-96', 'hmac-md5', 'umac-64-etm@openssh.com'],
        ['hmac-sha2-256', 'hmac-sha2-512-etm@openssh.com', 'umac-128@openssh.com'],
      ],
      [
        'HostKeyAlgorithms',
        ['ssh-rsa', 'ssh-dss', 'ssh-rsa-cert-v01@openssh.com'],
        ['rsa-sha2-512', 'rsa-sha2-256-cert-v01@openssh.com', 'ssh-ed25519', 'ecdsa-sha2-nistp256'],
      ],
    ]
    for (const [keyword, weak, strong] of cases) {
      for (const name of weak) assert.ok(list(keyword).weak.test(name), name)
      for (const name of strong) assert.ok(!list(keyword).weak.test(name), name)
    }
  })

  test('puts post-quantum in front only where this release has it', () => {
    assert.deepEqual(strengthened(list('KexAlgorithms'), ['curve25519-sha256'], 8.4), null)
    assert.deepEqual(strengthened(list('KexAlgorithms'), ['curve25519-sha256'], 9.2), [
      'sntrup761x25519-sha512@openssh.com',
      'curve25519-sha256',
    ])
    assert.equal(strengthened(list('KexAlgorithms'), ['curve25519-sha256'], 10)?.[0], 'mlkem768x25519-sha256')
    assert.deepEqual(strengthened(list('Ciphers'), ['aes128-ctr', 'aes128-cbc'], 10), ['aes128-ctr'])
    assert.equal(strengthened(list('Ciphers'), [], 10), null)
  })
})
