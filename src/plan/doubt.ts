import type { Choices, Danger } from '../model/change.js'
import type { SectionName, SeenSections } from '../model/facts.js'
import type { Item } from '../model/plan.js'
import type { Text } from '../model/text.js'

/** What a doubt may look at. Sections that were not seen are absent at run time: `needs` says which must be there. */
export interface Doubtful {
  readonly facts: SeenSections<SectionName>
  readonly choices: Choices
  readonly items: readonly Item[]
}

export type Answer = { readonly refuse: Text; readonly hint: Text } | { readonly danger: Danger } | null

/**
 * One way in which somebody was locked out before ("Before staging: what this server is", transaction.md): a pure
 * look at facts and plan that says refuse, danger, or nothing. The file's name is its id.
 */
export interface Doubt {
  readonly id: string
  readonly needs: readonly SectionName[]
  consider(about: Doubtful): Answer
}

export const doubt = (definition: Doubt): Doubt => definition

/** Does the plan switch this off in sshd? */
export const closes = (items: readonly Item[], keyword: string): boolean =>
  items.some(
    item => item.kind === 'file' && item.effect === 'sshd' && (item.stages.close ?? '').includes(`${keyword} no`),
  )
