import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { proposePort, wellKnown } from './ports.js'

describe('proposePort', () => {
  test('is the same for two plans of one server, below 512, never a service others must find', () => {
    const port = proposePort('SHA256:abc', new Set())
    assert.equal(proposePort('SHA256:abc', new Set()), port)
    assert.ok(port > 0 && port < 512)
    assert.ok(!wellKnown.has(port))
  })
  test('differs between servers, and goes round what is taken', () => {
    const many = new Set(Array.from({ length: 200 }, (_, at) => proposePort(`SHA256:${at}`, new Set())))
    assert.ok(many.size > 20)
    const first = proposePort('SHA256:abc', new Set())
    const second = proposePort('SHA256:abc', new Set([first]))
    assert.notEqual(second, first)
    assert.notEqual(proposePort('SHA256:abc', new Set([first, second])), second)
  })
  test('says so when none is free', () => {
    assert.throws(() => proposePort('SHA256:abc', new Set(Array.from({ length: 512 }, (_, at) => at))))
  })
})
