import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSignature } from './security-key.js'

// made by OpenSSH 9.2 and the authenticator of its tests
const signature = (body: string): string => `-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----\n`
const verified = `U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAAgGYrNIS
R2Sk+mC1IArhRxB+eW4nGH4yvLwQkBwMi7FyYAAAAEc3NoOgAAAAZyaWVnZWwAAAAAAAAA
BnNoYTUxMgAAAGcAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAABAnmMrNtcJJe
oXFCaQKDXA2GfymfthC8M1Eq1dFlrdUchUBSXYiImlvvbqQsFtrPNO5Z8nkiKgSse+RsNO
InhVAwUSNFZ4`
const touched = `U1NIU0lHAAAAAQAAAEoAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAAAgu6Nuvq
BqnvsZ+C5L2FxVWPHF5aPp8wn0SuAd70YOtxUAAAAEc3NoOgAAAAZyaWVnZWwAAAAAAAAA
BnNoYTUxMgAAAGcAAAAac2stc3NoLWVkMjU1MTlAb3BlbnNzaC5jb20AAABABAgumOC02S
ZsOCiFWIJxiGuouqxOmO/JzXhg/JGGPJELwNLeMKZvM2LzgM0Pgdae407mHGawArcUGstL
n0b5AwESNFZ4`

describe('readSignature', () => {
  test('the key that signed, and whether its owner was verified', () => {
    assert.deepEqual(readSignature(signature(verified)), {
      fingerprint: 'SHA256:koEe4xRlHRlqc7W0mICzrowpzJxbxsXNe5uMh1jLjLM',
      flags: 5,
    })
    assert.deepEqual(readSignature(signature(touched)), {
      fingerprint: 'SHA256:EScq1q4pV6nJF1oalfzaRF1aoQAojW8c7VpWDSrAQQ4',
      flags: 1,
    })
  })
  test('what is none, or was cut, is nothing', () => {
    for (let length = 0; length < verified.length - 2; length += 7)
      assert.equal(readSignature(signature(verified.slice(0, length))), null, String(length))
    assert.equal(readSignature(''), null)
    assert.equal(readSignature(verified), null, 'without its armour')
    assert.equal(readSignature(signature('AAAA'.repeat(90))), null)
  })
})
