import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, verdictOf } from '../../../test/fixtures/facts.js'
import type { VaultFacts } from '../../model/facts.js'
import rule from './weak-vault.js'

const vault = (changed: Partial<VaultFacts>) => ({ vault: { ...debian.vault, ...changed } })
const own = { guesses: 20, leaked: 0, sameAs: [], nearlyAs: [] }
const aes = (rounds: number) => vault({ kdf: 'aes-kdf', rounds, memoryKiB: 0, lanes: 0 })

describe(rule.id, () => {
  test('passes with what KeePass and KeePassXC make', () => {
    assert.equal(verdictOf(rule, vault({})), 'pass')
    assert.equal(verdictOf(rule, vault({ kdf: 'argon2d', memoryKiB: 65_536, rounds: 2 })), 'pass')
    assert.equal(verdictOf(rule, aes(1_000_000)), 'pass')
    assert.equal(verdictOf(rule, vault({ own: null })), 'pass')
  })

  test('fails where a try costs too little', () => {
    // what kdbxweb makes by default
    assert.deepEqual(complaints(rule, vault({ kdf: 'argon2d', memoryKiB: 1024, rounds: 2 })), ['kdf'])
    assert.deepEqual(complaints(rule, vault({ memoryKiB: 65_536, rounds: 1 })), ['kdf'])
    assert.deepEqual(complaints(rule, vault({ memoryKiB: 1024, rounds: 1_000_000 })), ['kdf'])
    assert.deepEqual(complaints(rule, aes(600_000)), ['kdf'])
  })

  test('fails for an old format, and for a password that is guessed or leaked', () => {
    assert.deepEqual(complaints(rule, vault({ format: '3.1', kdf: 'aes-kdf', rounds: 5_000_000 })), ['format'])
    assert.deepEqual(complaints(rule, vault({ own: { ...own, guesses: 11.9, leaked: 3 } })), ['password', 'leaked'])
  })

  test('unknown where the strength of its password could not be told', () => {
    assert.equal(verdictOf(rule, vault({ own: { ...own, guesses: null } })), 'unknown')
  })
})
