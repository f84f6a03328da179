import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { facts } from '../../test/fixtures/facts.js'
import { fresh, plan, withoutRoot } from '../../test/golden/samples.js'
import { assess } from '../riegel/survey.js'
import { rules } from '../rules/index.js'
import { factsSchema, jsonSchemas, outcomeSchema, planSchema, readFacts, readSteps, reportSchema } from './schemas.js'

const folder = fileURLToPath(new URL('../../../schemas/', import.meta.url))

describe('schemas/', () => {
  test('is what is generated (npx tsc && node test/golden/write-schemas.mjs)', () => {
    const generated = jsonSchemas()
    assert.deepEqual(readdirSync(folder).sort(), Object.keys(generated).sort())
    for (const [name, content] of Object.entries(generated))
      assert.equal(readFileSync(folder + name, 'utf8'), content, name)
  })
})

describe('the documents Riegel makes', () => {
  test('fit their schemas', () => {
    const { report } = assess(fresh, rules)
    assert.deepEqual(reportSchema.parse(report), report)
    assert.deepEqual(planSchema.parse(plan()), plan())
    assert.deepEqual(factsSchema.parse(withoutRoot), withoutRoot)
    const outcome = {
      schema: 'riegel.outcome/1',
      state: 'confirmed',
      transaction: '20261124-190201-kq7m',
      reason: null,
      before: report,
      after: null,
      steps: [{ state: 'armed', at: '2026-11-24T18:04:00Z' }],
    }
    assert.deepEqual(outcomeSchema.parse(outcome), outcome)
  })
})

describe('readFacts', () => {
  const json = (changed: object = {}) => JSON.stringify({ ...facts(), ...changed })
  const why = (words: string) => {
    const read = readFacts(words)
    return 'error' in read ? read.error.de : null
  }

  test('gives back what was saved', () => {
    assert.deepEqual(readFacts(json()), { facts: facts() })
    assert.deepEqual(readFacts(`\ufeff${json()}`), { facts: facts() })
  })

  test('says where it is no JSON', () => {
    assert.equal(why('{\n"a": 1,}'), 'Zeile 2')
    for (const words of ['', '[]', 'null', '{}', '{"sections":{}}', '['.repeat(1_000_000)])
      assert.equal(why(words), 'Zeile 1')
  })

  test('says what does not fit, in words that cannot speak to the terminal', () => {
    const sections = { ...facts().sections, clock: { seen: true, value: { synchronised: 'yes' } } }
    assert.equal(why(json({ sections })), 'sections.clock.value.synchronised passt nicht zu riegel.facts/1')
    const settings = { '\u001b[2J': 'x' }
    const view = { user: '', address: '', host: '', localAddress: '', localPort: 1, settings }
    const effective = { seen: true, value: { perAccount: false, views: [view] } }
    assert.doesNotMatch(why(json({ sections: { ...facts().sections, effective } })) ?? '\u001b', /\u001b/)
  })

  test('what a later Riegel adds is dropped, what an earlier one lacked was not looked at', () => {
    const { clock: _, ...sections } = facts().sections
    const read = readFacts(json({ sections: { ...sections, moon: 1 }, more: true }))
    assert.ok('facts' in read)
    assert.deepEqual(read.facts.sections.clock, { seen: false, why: 'not-looked' })
    assert.ok(!('moon' in read.facts.sections) && !('more' in read.facts))
  })

  test('a later format and too many words are refused', () => {
    assert.equal(why(json({ schema: 'riegel.facts/2' })), 'riegel.facts/2 ist für diese Version von Riegel zu neu')
    assert.equal(why(' '.repeat(16 * 1024 * 1024 + 1)), 'größer als 16 MiB')
  })
})

describe('what a transaction kept of its plan', () => {
  const steps = plan().steps.map(({ change, rules }) => ({ change, rules }))
  const json = (value: unknown) => JSON.stringify(value)

  test('is read again as it was written', () => {
    assert.ok(steps.length > 0)
    assert.deepEqual(readSteps(json({ schema: 'riegel.steps/1', steps })), steps)
  })

  test('is not believed where it is anything else', () => {
    for (const words of ['', '[', 'null', '{}', json({ schema: 'riegel.steps/2', steps })])
      assert.equal(readSteps(words), null)
    assert.equal(readSteps(json({ schema: 'riegel.steps/1', steps: [{ change: { kind: 'shell' }, rules: [] }] })), null)
  })
})
