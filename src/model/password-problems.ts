import type { AccountFacts, EffectiveView, SeenSections } from './facts.js'
import { anyoneOnTheWire, glance, matchesThatSet, offeredAgainstFiles, viewsOpenTo, whereSet } from './logins.js'
import type { Problem } from './rule.js'
import { text } from './text.js'

/** One way in which sshd takes a password: its switches, what the wire calls it, whether it alone lets an account in. */
export interface PasswordWay {
  readonly keywords: readonly string[]
  readonly method: 'password' | 'keyboard-interactive'
  alone(view: EffectiveView, account: AccountFacts): boolean
}

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
