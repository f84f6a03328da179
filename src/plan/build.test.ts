import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { choices, debian, facts } from '../../test/fixtures/facts.js'
import { unseen } from '../model/facts.js'
import { text } from '../model/text.js'
import { claims, complete, consider } from './build.js'
import { doubts } from './doubts/index.js'

const planWith = (changed: Partial<Parameters<typeof complete>[0]>) =>
  complete({
    riegel: '0.1.0',
    target: 'root@203.0.113.5',
    unit: 'ssh.service',
    choices: choices(),
    draft: { steps: [], items: [], leftOpen: [] },
    files: [{ path: '/etc/a', digest: 'absent' }],
    dangers: [],
    ...changed,
  })

describe('the digest of a plan', () => {
  test('is the same for the same plan, whatever time it is and whoever allowed what', () => {
    const one = planWith({})
    assert.match(one.digest, /^[0-9a-f]{64}$/)
    assert.equal(planWith({ choices: choices({ allow: ['no-console'] }) }).digest, one.digest)
    assert.equal(planWith({ dangers: [{ id: 'no-console', text: text('x', 'x') }] }).digest, one.digest)
  })
  test('changes with a choice, a step and a file it touches', () => {
    const { digest } = planWith({})
    assert.notEqual(planWith({ choices: choices({ newPort: 302 }) }).digest, digest)
    assert.notEqual(planWith({ files: [{ path: '/etc/a', digest: 'ab' }] }).digest, digest)
    const change = { kind: 'service', stage: 'after', unit: 'x.service' } as const
    const draft = {
      steps: [{ change, rules: ['upkeep/x' as const], says: text('x', 'x') }],
      items: [change],
      leftOpen: [],
    }
    assert.notEqual(planWith({ draft }).digest, digest)
  })
})

describe('consider', () => {
  test('a doubt that cannot see what it needs refuses and names it', () => {
    const seen = facts()
    const dark = { ...seen, sections: { ...seen.sections, nextBoot: unseen('timeout') } }
    const { refusals } = consider(doubts, dark, debian, choices({ newPort: 'keep' }), [])
    assert.ok(refusals.length > 0)
    assert.ok(refusals.every(({ refuse }) => /nextBoot/.test(refuse.en)))
  })
  test('a firewall that cannot be read matters only where the port moves: no proof reaches to the next boot', () => {
    const seen = facts()
    const dark = { ...seen, sections: { ...seen.sections, firewall: unseen('missing-tool') } }
    assert.deepEqual(consider(doubts, dark, debian, choices({ newPort: 'keep' }), []).refusals, [])
    const moved = consider(doubts, dark, debian, choices({ newPort: 301 }), []).refusals
    assert.match(moved.map(({ refuse }) => refuse.en).join(), /firewall could not be looked at/)
  })
})

test('what is claimed is what the guarded part repairs, not what comes after it', () => {
  const says = text('x', 'x')
  const steps = [
    {
      change: { kind: 'account-lock', stage: 'close', name: 'admin', expire: true } as const,
      rules: ['names/a' as const],
      says,
    },
    { change: { kind: 'package', stage: 'after', name: 'x' } as const, rules: ['upkeep/b' as const], says },
  ]
  assert.deepEqual(claims({ steps }), ['names/a'])
})
