import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { Trouble } from '../model/trouble.js'
import { codesAsked, codesFrom } from './codes.js'
import {
  codeOf,
  fromBase32,
  grouped,
  isCode,
  newRecoveryCodes,
  newSecret,
  readSecret,
  stepOf,
  toBase32,
  uriOf,
} from './totp.js'

// RFC 6238, appendix B: the secret is the ASCII string 12345678901234567890; of eight digits the last six
const secret = toBase32(Buffer.from('12345678901234567890'))

describe('totp', () => {
  for (const [seconds, code] of [
    [59, '287082'],
    [1111111109, '081804'],
    [1111111111, '050471'],
    [1234567890, '005924'],
    [2000000000, '279037'],
    [20000000000, '353130'],
  ] as const)
    test(`RFC 6238 at ${seconds}`, () => assert.equal(codeOf(secret, stepOf(seconds * 1000)), code))

  test('base32 there and back', () => {
    void fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), bytes => {
        assert.deepEqual(fromBase32(toBase32(Buffer.from(bytes))), Buffer.from(bytes))
      }),
    )
    assert.equal(fromBase32('JBSW 1'), null)
    assert.deepEqual(fromBase32('jbsw y3dp'), fromBase32('JBSWY3DP'))
  })
  test('a code counts for its 30 seconds and those beside them, and no longer', () => {
    const at = 1_111_111_111_000
    assert.ok(isCode(secret, '050 471', at))
    assert.ok(isCode(secret, '050471', at + 30_000))
    assert.ok(!isCode(secret, '050471', at + 60_000))
    assert.ok(!isCode(secret, '', at))
  })
  test('what is made: 160 bits, five codes of eight digits, never twice the same', () => {
    assert.match(newSecret(), /^[A-Z2-7]{32}$/)
    assert.notEqual(newSecret(), newSecret())
    assert.equal(new Set(newRecoveryCodes()).size, 5)
    assert.ok(newRecoveryCodes().every(code => /^[1-9]\d{7}$/.test(code)))
    assert.equal(grouped('JBSWY3DPEHPK'), 'JBSW Y3DP EHPK')
    assert.equal(uriOf('JBSW', 'lotse', 'mail 1'), 'otpauth://totp/mail%201:lotse?secret=JBSW&issuer=mail%201')
  })
  test('a secret from a file: base32 or an address; what the module cannot do is refused', () => {
    assert.equal(readSecret(`${grouped(secret)}\n`, 'f'), secret)
    assert.equal(readSecret(`${uriOf(secret, 'a', 'b')}&digits=6`, 'f'), secret)
    for (const bad of ['', 'JBSW', '0189', `${uriOf(secret, 'a', 'b')}&digits=8`, 'otpauth://hotp/x?secret=JBSW'])
      assert.throws(() => readSecret(bad, 'f'), Trouble, bad)
  })
})

describe('codes', () => {
  test('from a secret: the same 30 seconds give none twice, the next is waited for', async () => {
    let now = 1_111_111_111_000
    const waited: number[] = []
    const codes = codesFrom(
      secret,
      seconds => waited.push(seconds),
      () => now,
      async ms => {
        now += ms
      },
    )
    assert.equal(await codes.next(), '050471')
    assert.equal(await codes.next(), codeOf(secret, stepOf(1_111_111_111_000) + 1))
    assert.deepEqual(waited, [29])
  })
  test('from a person: nonsense and the one that was used already are asked for again, not for ever', async () => {
    const typed = ['050471', 'x', '050 471', '111111']
    const told: boolean[] = []
    const codes = codesAsked(async used => {
      told.push(used)
      return typed.shift() ?? ''
    })
    assert.equal(await codes.next(), '050471')
    assert.equal(await codes.next(), '111111')
    assert.deepEqual(told, [false, false, false, true])
    await assert.rejects(codes.next())
  })
})
