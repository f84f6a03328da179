import * as z from 'zod/mini'
import { type Facts, unseen } from '../model/facts.js'
import type { Step } from '../model/plan.js'
import { printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { factsSchema, sectionNames } from './schema-facts.js'
import { planSchema, stepsSchema } from './schema-plan.js'
import { outcomeSchema, reportSchema } from './schema-report.js'

export { factsSchema, outcomeSchema, planSchema, reportSchema }

/** Every published document; what `schemas/` is generated from. A published one is only ever extended. */
const documents = {
  'riegel.report.1': reportSchema,
  'riegel.outcome.1': outcomeSchema,
  'riegel.plan.1': planSchema,
  'riegel.facts.1': factsSchema,
} as const

/** File name to content. Read as input: a later version may add fields, and an old reader must not refuse them. */
export const jsonSchemas = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(documents).map(([name, schema]) => [
      `${name}.schema.json`,
      `${JSON.stringify({ title: name.replace(/\.1$/, '/1'), ...z.toJSONSchema(schema, { io: 'input' }) }, null, 2)}\n`,
    ]),
  )

/** A look at a large server is some hundred kilobytes; what is larger than this is something else. */
const maxLength = 16 * 1024 * 1024

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Where JSON.parse gave up, counted in lines; its words differ between versions of Node. */
const lineOf = (json: string, error: unknown): number => {
  const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
  return at === undefined ? 1 : json.slice(0, Number(at)).split('\n').length
}

const notFacts = (line: number): { error: Text } => ({
  error: text(`Zeile ${line}`, `line ${line}`),
})

/**
 * A facts file from anywhere: either Facts, or in few words why not. Fields nobody knows
 * are dropped; a section that an older Riegel did not have counts as not looked at.
 */
export const readFacts = (json: string): { facts: Facts } | { error: Text } => {
  if (json.length > maxLength)
    return {
      error: text('größer als 16 MiB', 'larger than 16 MiB'),
    }
  let value: unknown
  try {
    value = JSON.parse(json.replace(/^\ufeff/, ''))
  } catch (error) {
    return notFacts(lineOf(json, error))
  }
  if (!isObject(value) || !isObject(value['sections'])) return notFacts(1)
  const { schema } = value
  if (schema !== 'riegel.facts/1') {
    if (typeof schema !== 'string' || !/^riegel\.facts\/\d{1,4}$/.test(schema)) return notFacts(1)
    return {
      error: text(
        `${schema} ist für diese Version von Riegel zu neu`,
        `${schema} is too new for this version of Riegel`,
      ),
    }
  }
  const missing = Object.fromEntries(sectionNames.map(name => [name, unseen('not-looked')]))
  const parsed = factsSchema.safeParse({ ...value, sections: { ...missing, ...value['sections'] } })
  if (parsed.success) return { facts: parsed.data }
  const place = printableLine(parsed.error.issues[0]?.path.join('.') ?? '').slice(0, 120)
  return { error: text(`${place} passt nicht zu riegel.facts/1`, `${place} does not fit riegel.facts/1`) }
}

/** What a transaction kept of its plan; null where it is not what Riegel wrote. */
export const readSteps = (json: string): readonly Pick<Step, 'change' | 'rules'>[] | null => {
  try {
    const parsed = stepsSchema.safeParse(JSON.parse(json))
    return parsed.success ? parsed.data.steps : null
  } catch {
    return null
  }
}
