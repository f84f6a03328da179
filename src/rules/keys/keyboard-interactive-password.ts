import type { Change } from '../../model/change.js'
import {
  anyoneOnTheWire,
  glance,
  interactiveAlone,
  matchesThatSet,
  offeredAgainstFiles,
  setInMatch,
  viewsOf,
  whereSet,
} from '../../model/logins.js'
import { judge, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'keys/keyboard-interactive-password',
  severity: 'critical',
  title: text(
    'Auch über PAM meldet sich niemand mit einem Passwort an',
    'Nobody logs in with a password through PAM either',
  ),
  problem: text(
    '{who} kann sich über PAM (keyboard-interactive) mit einem Passwort anmelden.',
    '{who} can log in with a password through PAM (keyboard-interactive).',
  ),
  why: text(
    'PasswordAuthentication no schließt diesen zweiten Weg nicht: PAM fragt trotzdem nach dem Passwort.',
    'PasswordAuthentication no does not close this second door: PAM asks for the password all the same.',
  ),
  looksAt: text(
    'sshd -T für jedes Konto: KbdInteractiveAuthentication, ChallengeResponseAuthentication, UsePAM, AuthenticationMethods',
    'sshd -T for every account: KbdInteractiveAuthentication, ChallengeResponseAuthentication, UsePAM, AuthenticationMethods',
  ),
  references: ['sshd_config(5) KbdInteractiveAuthentication', 'BSI SYS.1.3.A8'],
  needs: ['effective', 'accounts', 'sshd'],

  evaluate(facts) {
    const { effective, accounts, sshd } = facts
    const able = accounts.filter(account => account.shellRuns)
    const open = able.filter(account => viewsOf(effective, account.name).some(view => interactiveAlone(view, account)))
    const where =
      whereSet(sshd.files, 'KbdInteractiveAuthentication') ?? whereSet(sshd.files, 'ChallengeResponseAuthentication')
    const everyone = open.length > 0 && able.every(account => account.uid === 0 || open.includes(account))
    // an exception by Match stays open when the general setting is mended: it is named by itself
    const exceptions = ['KbdInteractiveAuthentication', 'ChallengeResponseAuthentication'].flatMap(keyword =>
      matchesThatSet(sshd.files, keyword, 'no'),
    )
    if (everyone)
      return judge([
        { key: 'everyone', values: { who: text('Jedes Konto', 'Any account') }, ...(where && { where }) },
        ...exceptions.map(
          (block): Problem => ({
            key: block.match,
            values: { who: text(`Wer unter „${block.match}“ fällt,`, `Whoever "${block.match}" applies to`) },
            where: block.where,
          }),
        ),
      ])
    if (open.length === 0 && offeredAgainstFiles(effective, glance(facts, 'wire'), 'keyboard-interactive'))
      return judge([{ key: 'wire', values: { who: anyoneOnTheWire } }])
    const [exception] = exceptions
    return judge(
      open.map(
        (account): Problem => ({
          key: account.name,
          values: { who: account.name },
          ...(exception && { where: exception.where }),
        }),
      ),
    )
  },

  does: text('auch über PAM nimmt sshd kein Passwort mehr an', 'sshd takes no password through PAM any more either'),
  fix({ sshd }) {
    // up to 8.6 these are two switches, either opens the door; later the old name is only another word for the new one
    const names = ['KbdInteractiveAuthentication', 'ChallengeResponseAuthentication']
    const matchAll = names.some(keyword => setInMatch(sshd.files, keyword, 'no'))
    return names
      .filter((_, at) => at === 0 || sshd.release < 8.7)
      .map((keyword): Change => ({ kind: 'setting', stage: 'close', keyword, values: ['no'], matchAll }))
  },
  guide: 'password-login',
})
