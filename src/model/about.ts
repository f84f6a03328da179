import type { RuleId } from './rule.js'

/** What a transaction's directory on the server says of itself: for history and undo. No secret is in it. */
export interface About {
  readonly schema: 'riegel.about/1'
  readonly id: string
  readonly riegel: string
  /** ISO time, the client's clock */
  readonly at: string
  /** who logged in, from where, by which of ssh's methods */
  readonly by: string
  readonly from: string
  readonly method: string
  /** the way in that was proven */
  readonly account: string
  /** that account was made by this transaction */
  readonly made: boolean
  readonly ports: { readonly before: readonly number[]; readonly after: readonly number[] }
  readonly rules: readonly RuleId[]
  readonly files: readonly string[]
  /** fingerprint of the security key that this transaction entered, and that goes with it */
  readonly securityKey?: string
  /** the transaction of which this one took `rules` back */
  readonly takesBack?: string
}

/** Is it what Riegel writes? Anybody who is root there could have put something else in its place. */
export const isAbout = (one: About): boolean => {
  const numbers = (list: unknown) => Array.isArray(list) && list.every(port => Number.isInteger(port))
  const strings = (list: unknown) => Array.isArray(list) && list.every(word => typeof word === 'string')
  return (
    [one.id, one.at, one.by, one.from, one.method, one.account].every(word => typeof word === 'string') &&
    typeof one.made === 'boolean' &&
    numbers(one.ports?.before) &&
    numbers(one.ports?.after) &&
    strings(one.rules) &&
    strings(one.files) &&
    (one.securityKey === undefined || typeof one.securityKey === 'string') &&
    (one.takesBack === undefined || typeof one.takesBack === 'string')
  )
}
