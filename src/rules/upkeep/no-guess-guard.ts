import { bouncerUnseen, crowdsecBans } from '../../model/crowdsec.js'
import { jail } from '../../model/guard.js'
import { penaltiesWork } from '../../model/logins.js'
import { judge, pass, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'upkeep/no-guess-guard',
  severity: 'medium',
  title: text('Rateversuche werden gebremst', 'Whoever guesses is slowed down'),
  problem: text(
    'Nichts bremst Rateversuche am SSH-Zugang: weder fail2ban, CrowdSec oder sshguard noch sshd selbst.',
    'Nothing slows down guessing at SSH: neither fail2ban, CrowdSec or sshguard nor sshd itself.',
  ),
  why: text(
    'Ohne Bremse sind sehr viele Versuche am Tag möglich, und jeder kostet deinen Server Rechenzeit.',
    'Without a brake very many tries a day are possible, and each of them costs your server work.',
  ),
  looksAt: text(
    'ob fail2ban, CrowdSec oder sshguard läuft und auf sshd achtet, und ob sshd selbst bremst (PerSourcePenalties, ab 9.8)',
    'whether fail2ban, CrowdSec or sshguard runs and watches sshd, and whether sshd itself brakes (PerSourcePenalties, since 9.8)',
  ),
  references: ['sshd_config(5) PerSourcePenalties', 'jail.conf(5)', 'BSI ORP.4.A13', 'BSI Grundschutz++ DET.4.11.1'],
  needs: ['guessGuard', 'effective', 'sshd', 'system'],

  evaluate({ guessGuard, effective, sshd }) {
    const { fail2ban, sshguard } = guessGuard
    const watched = (fail2ban.active && fail2ban.jail !== null) || crowdsecBans(guessGuard) || sshguard
    if (watched || penaltiesWork(effective, sshd)) return pass
    const unseen = bouncerUnseen(guessGuard)
    return unseen === null ? judge([{ key: 'guard' }]) : unknown(unseen)
  },

  does: text(
    'fail2ban bremst jeden, der Passwörter durchprobiert; deine Adresse bleibt verschont',
    'fail2ban slows down guessing; your address is spared',
  ),
  fix: ({ guessGuard, system }, _, choices) => jail(choices, system, guessGuard.fail2ban.installed),
  guide: 'no-guess-guard',
})
