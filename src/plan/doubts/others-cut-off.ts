import type { ConfigFile, SectionName, SeenSections } from '../../model/facts.js'
import { glance, mayHavePassword, whereSet, words } from '../../model/logins.js'
import type { Item } from '../../model/plan.js'
import { text } from '../../model/text.js'
import { algorithmLists } from '../../services/weak-algorithms.js'
import { closes, doubt } from '../doubt.js'

/** Weak algorithms that somebody wrote down, so for a client that needs them, and that the plan takes out. */
const droppedAlgorithms = (files: readonly ConfigFile[], items: readonly Item[]): string[] =>
  algorithmLists.flatMap(({ keyword, weak }) => {
    const sets = new RegExp(`^\\s*${keyword}\\s`, 'm')
    const where = whereSet(files, keyword)
    if (
      !where ||
      !items.some(item => item.kind === 'file' && item.effect === 'sshd' && sets.test(item.stages.close ?? ''))
    )
      return []
    const line = files.find(file => file.path === where.file)?.lines[where.line - 1] ?? ''
    const [, sign, list = ''] = /^\s*\w+[\s=]+"?([-+^]?)([^\s"]*)/.exec(line) ?? []
    const names = sign === '-' ? [] : list.split(',').filter(name => weak.test(name))
    return names.length > 0 ? [`${keyword} ${names.join(',')}`] : []
  })

/** What sshd calls a method, and the keyword that turns it off. */
const methods: Readonly<Record<string, string>> = {
  password: 'PasswordAuthentication',
  'keyboard-interactive': 'KbdInteractiveAuthentication',
  hostbased: 'HostbasedAuthentication',
}
const closing = (items: readonly Item[], method: string): boolean => {
  const keyword = methods[method.replace(/[:/].*$/, '')]
  return keyword !== undefined && closes(items, keyword)
}

/** Whose AuthenticationMethods demand, in each of their lists, a method that is turned off: no key helps them then. */
const demanding = (facts: SeenSections<SectionName>, items: readonly Item[]): string[] => {
  const { effective, accounts, sshd } = facts
  const keys = glance(facts, 'loginKeys')?.keys
  const comes = (name: string): boolean => {
    const account = accounts.find(one => one.name === name)
    return !account || !keys || mayHavePassword(account) || keys.some(key => key.account === name)
  }
  const written = items.flatMap(item =>
    item.kind === 'file' && item.effect === 'sshd' ? (item.stages.close ?? '') : [],
  )
  if (written.some(content => /^Match all$[\s\S]*^ +AuthenticationMethods /m.test(content))) return []
  // a plan that says anew what is asked of everybody speaks for whoever no Match speaks for
  const anew = written.some(content => /^AuthenticationMethods /m.test(content))
  const place = anew ? whereSet(sshd.files, 'AuthenticationMethods') : undefined
  const now = sshd.files.find(({ path }) => path === place?.file)?.lines[(place?.line ?? 0) - 1]
  return effective.views.flatMap(view => {
    const lists = words(view, 'authenticationmethods')
    const demand = lists.length > 0 && lists.every(list => list.split(',').some(method => closing(items, method)))
    if (!demand || !comes(view.user) || now?.trim().endsWith(` ${lists.join(' ')}`)) return []
    const said = `AuthenticationMethods ${lists.join(' ')}`
    return effective.perAccount ? [`${view.user} (${said})`] : [said]
  })
}

export default doubt({
  id: 'others-cut-off',
  // a journal that was not seen is others-unseen's matter
  needs: ['system', 'sshd', 'accounts', 'effective'],
  consider: ({ facts, choices, items }) => {
    const { sshd, accounts } = facts
    const journal = glance(facts, 'journal') ?? { since: facts.system.now, logins: [] }
    const moves = choices.newPort !== 'keep'
    const mine = (login: { account: string; address: string }) =>
      login.address === choices.operatorAddress &&
      [choices.operator, choices.account.name, 'root'].includes(login.account)
    const cut = journal.logins.filter(
      login =>
        !mine(login) &&
        (moves || (login.account === 'root' && closes(items, 'PermitRootLogin')) || closing(items, login.method)),
    )
    const locked = items
      .flatMap(item =>
        item.kind === 'account-lock' && accounts.find(a => a.name === item.name)?.password !== 'none'
          ? [item.name]
          : [],
      )
      .filter(name => journal.logins.some(l => l.account === name))
    const matches = items.some(
      item => item.kind === 'file' && item.effect === 'sshd' && (item.stages.close ?? '').includes('Match all'),
    )
      ? sshd.files
          .flatMap(file => file.lines)
          .filter(line => /^\s*match\b(?!\s+all)/i.test(line))
          .map(line => line.trim())
      : []
    // by which algorithms somebody came no journal says: it may have been these
    const algorithms = journal.logins.every(mine) ? [] : droppedAlgorithms(sshd.files, items)
    const names = [
      ...new Set([
        ...demanding(facts, items),
        ...cut.map(l => `${l.account} (${l.method}, ${l.address})`),
        ...locked,
        ...matches,
      ]),
    ]
    if (names.length + algorithms.length === 0) return null
    const list = names.slice(0, 8).join(', ')
    const needed = algorithms.slice(0, 8).join(', ')
    const since = new Date(journal.since * 1000).toISOString().slice(0, 10)
    return {
      danger: {
        id: 'others-cut-off',
        text: text(
          [
            names.length > 0 &&
              `Wer sich bisher so angemeldet hat, kommt dann nicht mehr hinein: ${list} (Protokoll seit ${since})`,
            needed && `Wer eines dieser Verfahren braucht, kommt dann nicht mehr hinein: ${needed}`,
          ]
            .filter(Boolean)
            .join('. '),
          [
            names.length > 0 && `Whoever came in like this will no longer: ${list} (seen since ${since})`,
            needed && `Whoever needs one of these algorithms will no longer get in: ${needed}`,
          ]
            .filter(Boolean)
            .join('. '),
        ),
      },
    }
  },
})
