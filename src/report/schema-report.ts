import * as z from 'zod/mini'
import type { Outcome, Report } from '../model/report.js'
import { basic, ruleId, type Same, severity, text, where } from './schema-parts.js'

const finding = z.object({
  rule: ruleId,
  basic,
  severity,
  verdict: z.enum(['pass', 'fail', 'unknown', 'not-applicable']),
  title: text,
  why: text,
  because: z.optional(text),
  problems: z.array(z.object({ key: z.string(), text, where: z.optional(where) })),
  fixable: z.boolean(),
  guide: z.optional(z.string()),
})

export const reportSchema = z.object({
  schema: z.literal('riegel.report/1'),
  riegel: z.string(),
  target: z.object({ name: z.string(), os: z.string(), osVersion: z.string(), address: z.string() }),
  lookedAs: z.object({ account: z.string(), root: z.boolean(), because: z.optional(text) }),
  takenAt: z.string(),
  durationMs: z.number(),
  basics: z.array(z.object({ basic, state: z.enum(['met', 'unmet', 'unknown']), looked: z.array(z.string()) })),
  findings: z.array(finding),
  notes: z.optional(z.array(text)),
  summary: z.object({ pass: z.number(), fail: z.number(), unknown: z.number(), notApplicable: z.number() }),
  authorized: z.optional(
    z.array(
      z.object({
        account: z.string(),
        fingerprint: z.string(),
        comment: z.string(),
        where: z.object({ file: z.string(), line: z.number() }),
        yours: z.nullable(z.string()),
      }),
    ),
  ),
})

export const outcomeSchema = z.object({
  schema: z.literal('riegel.outcome/1'),
  state: z.enum(['confirmed', 'rolled-back', 'stuck', 'unknown', 'refused', 'nothing-to-do']),
  transaction: z.nullable(z.string()),
  reason: z.nullable(text),
  before: reportSchema,
  after: z.nullable(reportSchema),
  steps: z.array(z.object({ state: z.string(), at: z.string(), note: z.optional(text) })),
})

true satisfies Same<z.infer<typeof reportSchema>, Report>
true satisfies Same<z.infer<typeof outcomeSchema>, Outcome>
