import * as z from 'zod/mini'
import { type Basic, basicIds } from '../model/basics.js'
import { severities } from '../model/rule.js'

/** Pieces that several documents are made of. */
export const text = z.object({ de: z.string(), en: z.string() })
export const basic = z.enum(basicIds as [Basic, ...Basic[]])
export const severity = z.enum(severities)
export const ruleId = z.templateLiteral([basic, '/', z.string()])
export const strings = z.array(z.string())
export const where = z.object({ file: z.string(), line: z.optional(z.number()) })

/** A schema's type with everything readonly, as the model writes it. */
export type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T

/** Compiles only where schema and model say the same: not merely assignable, or an optional field could be forgotten. */
export type Same<A, B> =
  (<T>() => T extends Frozen<A> ? 1 : 2) extends <T>() => T extends Frozen<B> ? 1 : 2 ? true : never
