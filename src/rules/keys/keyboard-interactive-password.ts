import type { Change } from '../../model/change.js'
import type { SeenSections } from '../../model/facts.js'
import { foreignSsh } from '../../model/foreign-ssh.js'
import { glance, interactiveAlone, setInMatch, value } from '../../model/logins.js'
import { asksForPassword, letsIn, parseStack } from '../../model/pam-stack.js'
import { passwordProblems, strangersBy } from '../../model/password-problems.js'
import { judgeUnless, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

// up to 8.6 these are two switches, either opens the door; later the old name is only another word for the new one
const switches = ['KbdInteractiveAuthentication', 'ChallengeResponseAuthentication']

/** PAM asks for a code and for no password, of whoever has a code set up and of whoever has not. */
const asksForCodesAlone = (facts: SeenSections<'effective'>): boolean => {
  const pam = glance(facts, 'secondFactor')
  if (!pam || asksForPassword(pam)) return false
  // another service than sshd's own was not read
  if (facts.effective.views.some(view => !['', 'sshd'].includes(value(view, 'pamservicename')))) return false
  const stack = parseStack(pam.auth)
  const lets = (password: boolean) => letsIn(stack, { password, code: false, enrolled: false }, pam.modules) !== null
  return lets(false) || !lets(true)
}

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
    'sshd -T für jedes Konto: KbdInteractiveAuthentication, ChallengeResponseAuthentication, UsePAM, AuthenticationMethods; ob PAM nach einem Passwort fragt',
    'sshd -T for every account: KbdInteractiveAuthentication, ChallengeResponseAuthentication, UsePAM, AuthenticationMethods; whether PAM asks for a password',
  ),
  references: ['sshd_config(5) KbdInteractiveAuthentication', 'BSI SYS.1.3.A8'],
  needs: ['effective', 'accounts', 'sshd'],

  evaluate(facts) {
    const alone = asksForCodesAlone(facts) ? () => false : interactiveAlone
    const way = { keywords: switches, method: 'keyboard-interactive', alone } as const
    return judgeUnless(passwordProblems(facts, way), foreignSsh(facts) ?? strangersBy(facts, way))
  },

  does: text('auch über PAM nimmt sshd kein Passwort mehr an', 'sshd takes no password through PAM any more either'),
  fix({ sshd }) {
    const matchAll = switches.some(keyword => setInMatch(sshd.files, keyword, 'no'))
    return switches
      .filter((_, at) => at === 0 || sshd.release < 8.7)
      .map((keyword): Change => ({ kind: 'setting', stage: 'close', keyword, values: ['no'], matchAll }))
  },
  guide: 'password-login',
})
