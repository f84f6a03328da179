import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { keyOf, sha256 } from './fingerprint.js'

describe('fingerprint', () => {
  test('hashes as node:crypto does, at every length around a block', () => {
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, at) => (at * 31 + length) & 255)
      assert.equal(
        Buffer.from(sha256(bytes)).toString('hex'),
        createHash('sha256').update(bytes).digest('hex'),
        `${length} bytes`,
      )
    }
  })

  test('names a key as ssh-keygen does, options before it or not', () => {
    const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMgfAk6/el8FoMtrhsdt60Vl7drkc3z03MR0fCTi6AJX me@laptop'
    const fingerprint = 'SHA256:j4dpakAvY9/OaD/t5MT0CJtsYABLwaEYOEkmZks0tKQ'
    assert.deepEqual(keyOf(line), { type: 'ssh-ed25519', fingerprint })
    assert.equal(keyOf(`restrict,command="x y" ${line}`)?.fingerprint, fingerprint)
    assert.equal(keyOf('# nothing'), null)
  })
})
