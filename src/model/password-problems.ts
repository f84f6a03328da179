import type { AccountFacts, EffectiveView, SeenSections } from './facts.js'
import {
  anyoneOnTheWire,
  directory,
  glance,
  matchesThatSet,
  offeredAgainstFiles,
  unlisted,
  viewsOf,
  viewsOpenTo,
  whereSet,
} from './logins.js'
import type { Problem } from './rule.js'
import { type Text, text } from './text.js'

/** One way in which sshd takes a password: its switches, what the wire calls it, whether it alone lets an account in. */
export interface PasswordWay {
  readonly keywords: readonly string[]
  readonly method: 'password' | 'keyboard-interactive'
  alone(view: EffectiveView, account: AccountFacts): boolean
}

/** An account of which nothing is known but its name. */
const stranger = (name: string): AccountFacts => ({
  ...{ name, uid: -1, gid: -1, home: '', shell: '', shellRuns: true, groups: [] },
  ...{ password: 'unseen', passwordLocked: false, expires: null, mustChange: false },
})
const unlimited = (view: EffectiveView): EffectiveView => ({
  ...view,
  settings: { ...view.settings, allowusers: [], allowgroups: [] },
})

/** Does this way let nobody in, whoever they are? With a Match that takes a word of the files for all others. */
const offForAll = (
  { effective, sshd }: SeenSections<'effective' | 'sshd'>,
  { keywords, alone }: PasswordWay,
): boolean => {
  if (effective.views.some(view => alone(unlimited(view), stranger('')))) return false
  if (!effective.perAccount) return true
  const set = new RegExp(`^\\s*(?:${keywords.join('|')})[\\s=]+(\\S+)`, 'i')
  const said = sshd.files.flatMap(({ lines }) => lines.flatMap(line => set.exec(line)?.[1]?.toLowerCase() ?? []))
  return keywords.some(keyword => whereSet(sshd.files, keyword)) && said.every(word => word === 'no')
}

/** Accounts that no look lists may still come in by this way; null = none may. */
export const strangersBy = (facts: SeenSections<'effective' | 'accounts' | 'sshd'>, way: PasswordWay): Text | null =>
  offForAll(facts, way) ? null : unlisted(facts)

/** Who gets in by such a way: everybody at once, the exceptions that a Match makes, single accounts, or by the wire's word. */
export const passwordProblems = (
  facts: SeenSections<'effective' | 'accounts' | 'sshd'>,
  { keywords, method, alone }: PasswordWay,
): Problem[] => {
  const { effective, accounts, sshd } = facts
  const able = accounts.filter(account => viewsOpenTo(effective, account).length > 0)
  const open = able.filter(account => viewsOpenTo(effective, account).some(view => alone(view, account)))
  const where = keywords.map(keyword => whereSet(sshd.files, keyword)).find(place => place !== undefined)
  // everybody but root (whom PermitRootLogin may leave out): one problem says it better than thirty
  const everyone = open.length > 0 && able.every(account => account.uid === 0 || open.includes(account))
  // an exception by Match stays open when the general setting is mended: it is named by itself
  const exceptions = keywords.flatMap(keyword => matchesThatSet(sshd.files, keyword, 'no'))
  if (everyone)
    return [
      { key: 'everyone', values: { who: text('Jedes Konto', 'Any account') }, ...(where && { where }) },
      ...exceptions.map(
        (block): Problem => ({
          key: block.match,
          values: { who: text(`Wer unter „${block.match}“ fällt,`, `Whoever "${block.match}" applies to`) },
          where: block.where,
        }),
      ),
    ]
  // a Match may name an account of a directory, which is not among those that were listed
  const named = effective.views.map(({ user }) => user).filter(user => !accounts.some(({ name }) => name === user))
  const strangers = directory(facts) === null ? [] : [...new Set(named)].map(stranger)
  open.push(...strangers.filter(one => viewsOf(effective, one.name).some(view => alone(view, one))))
  if (open.length === 0 && offeredAgainstFiles(effective, glance(facts, 'wire'), method))
    return [{ key: 'wire', values: { who: anyoneOnTheWire } }]
  const [exception] = exceptions
  return open.map(
    (account): Problem => ({
      key: account.name,
      values: { who: account.name },
      ...(exception && { where: exception.where }),
    }),
  )
}
