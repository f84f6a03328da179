import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Answer, lacksOnlyPerson, unattended, type Way } from './proof.js'
import { readSshLog } from './ssh.js'

const print = 'SHA256:koEe4xRlHRlqc7W0mICzrowpzJxbxsXNe5uMh1jLjLM'
const way: Way = { user: 'anna', port: 22, identity: { path: '/k', fingerprint: print } }
const answer = (log: string, kind: 'refused' | 'in' | 'none'): Answer =>
  ({ answer: kind, log: readSshLog(log), ms: 1, why: '', root: true, said: '' }) as Answer
const taken = `debug1: Server accepts key: /k ED25519-SK ${print} explicit authenticator\n`
const denied = (methods: string) => `anna@h: Permission denied (${methods}).`

describe('a way without its person', () => {
  test('no code is asked for, no touch', () => {
    assert.deepEqual(unattended({ ...way, code: async () => '1' }), way)
    assert.deepEqual(unattended({ ...way, touched: true }), { ...way, touched: true, unsigned: true })
  })
  test('a security key: the server takes it, and its signature is all that is missing', () => {
    const touched = { ...way, touched: true }
    assert.ok(lacksOnlyPerson(answer(taken + denied('publickey'), 'refused'), touched, print))
    assert.ok(!lacksOnlyPerson(answer(denied('publickey'), 'refused'), touched, print), 'it was not taken')
    assert.ok(!lacksOnlyPerson(answer(taken + denied('publickey'), 'refused'), touched, 'SHA256:other'))
    assert.ok(!lacksOnlyPerson(answer(taken, 'none'), touched, print), 'no answer')
    assert.ok(!lacksOnlyPerson(answer(denied('publickey'), 'refused'), touched, ''))
  })
  test('a code: the key is taken, and nothing but the code is asked for', () => {
    const coded = { ...way, code: async () => '1' }
    assert.ok(lacksOnlyPerson(answer(taken + denied('keyboard-interactive'), 'refused'), coded, print))
    assert.ok(!lacksOnlyPerson(answer(taken + denied('publickey'), 'refused'), coded, print))
  })
})
