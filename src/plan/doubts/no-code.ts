import type { ConfigFile } from '../../model/facts.js'
import { unseenWays, value, viewsFor, waysIn } from '../../model/logins.js'
import type { Item } from '../../model/plan.js'
import { exceptedIn, keyedIn, pamFile, sshdAsksForCode } from '../../model/second-factor.js'
import { type Text, text } from '../../model/text.js'
import { closes, doubt } from '../doubt.js'

/** Is a code demanded in more places than now? Riegel's own lines of an earlier run stand in the file again. */
const demandsMore = (items: readonly Item[], files: readonly ConfigFile[]): boolean => {
  const times = (lines: readonly string[]) =>
    lines.filter(line => /^\s*AuthenticationMethods publickey,keyboard-interactive\s*$/.test(line)).length
  return items.some(item => {
    if (item.kind !== 'file') return false
    if (item.path === pamFile) return item.stages.close !== undefined
    const now = files.find(file => file.path === item.path)?.lines ?? []
    return item.effect === 'sshd' && times((item.stages.close ?? '').split('\n')) > times(now)
  })
}

export default doubt({
  id: 'no-code',
  needs: ['effective', 'accounts', 'loginKeys', 'system', 'pam', 'sshd'],
  consider: ({ facts, choices: { account, secondFactor }, items }) => {
    const { effective, accounts, loginKeys, system, pam, sshd } = facts
    if (secondFactor?.by !== undefined) return null
    if (!secondFactor && !account.exists && sshdAsksForCode(effective, account.name))
      return {
        refuse: text(
          `sshd fragt nach einem Code, und ${account.name} hat noch keinen`,
          `sshd asks for a code, and ${account.name} has none yet`,
        ),
        hint: text(
          'Mit einem Konto, das schon einen hat: --user NAME; oder erst: riegel second-factor --disable',
          'By an account that has one: --user NAME; or first: riegel second-factor --disable',
        ),
      }
    // set up; or, where one is there, demanded of those as well who went around it
    if (secondFactor ? secondFactor.accounts.length === 0 : !demandsMore(items, sshd.files)) return null
    const enrolled = secondFactor
      ? [...secondFactor.accounts, ...secondFactor.except, ...pam.factors]
      : [...(facts.secondFactor?.enrolled ?? []), ...exceptedIn(sshd.files)]
    const ways = waysIn(effective, accounts, loginKeys, system.now)
    // a code comes behind a key: whoever has none does not get in by the code either; and root is asked for none unless
    // it may log in by whatever way
    const roots = viewsFor(effective, 'root')
    const rootToo = (roots.length > 0 ? roots : effective.views).every(view => value(view, 'permitrootlogin') === 'yes')
    const answersCodes = (name: string) => name !== 'root' || rootToo || secondFactor?.except.includes(name) === true
    const fine = (name: string) =>
      // Riegel's own Match asks them for their security key instead
      keyedIn(sshd.files).includes(name) ||
      (enrolled.includes(name) && answersCodes(name) && ways.some(way => way.account.name === name && way.by === 'key'))
    const shut = closes(items, 'PermitRootLogin')
    // accounts of a directory are not listed; that they log in shows in the journal
    const strangers = (facts.journal?.logins ?? [])
      .map(login => login.account)
      .filter(name => !accounts.some(one => one.name === name))
    const names = [...new Set([...ways.map(way => way.account.name), ...strangers])].filter(
      name => !fine(name) && !(shut && name === 'root'),
    )
    const unseen = unseenWays(facts)
    if (names.length === 0 && unseen === null) return null
    const list = names.slice(0, 8).join(', ')
    const except: Text = secondFactor
      ? text(' (wer ohne bleiben soll: --except KONTO)', ' (whoever shall stay without: --except ACCOUNT)')
      : text('', '')
    return {
      danger: {
        id: 'others-cut-off',
        text:
          unseen === null || names.length > 0
            ? text(
                `Ohne Schlüssel und eingerichteten Code kommt dann nicht mehr hinein: ${list}${except.de}`,
                `Without a key and a code set up will no longer get in: ${list}${except.en}`,
              )
            : text(
                `${unseen.de}; wer so hineinkommt, kommt ohne eingerichteten Code dann nicht mehr hinein`,
                `${unseen.en}; whoever gets in like that will no longer without a code set up`,
              ),
      },
    }
  },
})
