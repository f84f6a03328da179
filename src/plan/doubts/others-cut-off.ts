import { glance } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { closes, doubt } from '../doubt.js'

export default doubt({
  id: 'others-cut-off',
  // a journal that was not seen is others-unseen's matter
  needs: ['system', 'sshd', 'accounts'],
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
        (moves ||
          (login.account === 'root' && closes(items, 'PermitRootLogin')) ||
          (login.method === 'password' && closes(items, 'PasswordAuthentication')) ||
          (login.method.startsWith('keyboard-interactive') && closes(items, 'KbdInteractiveAuthentication'))),
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
    const names = [...new Set([...cut.map(l => `${l.account} (${l.method}, ${l.address})`), ...locked, ...matches])]
    if (names.length === 0) return null
    const list = names.slice(0, 8).join(', ')
    const since = new Date(journal.since * 1000).toISOString().slice(0, 10)
    return {
      danger: {
        id: 'others-cut-off',
        text: text(
          `Wer sich bisher so angemeldet hat, kommt dann nicht mehr hinein: ${list} (Protokoll seit ${since})`,
          `Whoever came in like this will no longer: ${list} (seen since ${since})`,
        ),
      },
    }
  },
})
