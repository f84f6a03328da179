import type { Change } from '../../model/change.js'
import type { SeenSections } from '../../model/facts.js'
import { jail as guardJail } from '../../model/guard.js'
import { penaltiesWork, sshdPorts } from '../../model/logins.js'
import { jailPort } from '../../model/ports.js'
import { judge, notApplicable, type Problem, rule } from '../../model/rule.js'
import { text } from '../../model/text.js'

type Seen = SeenSections<'guessGuard' | 'listeners' | 'sshd' | 'effective' | 'system'>

/** Ports as fail2ban writes them: numbers, names, ranges. */
const covers = (written: string, port: number): boolean => {
  const [from = NaN, to = from] = written.split(/[:-]/).map(word => (word === 'ssh' ? 22 : Number(word)))
  return port >= from && port <= to
}

const problemsOf = ({ guessGuard, listeners, sshd, effective }: Seen): Problem[] => {
  const { fail2ban, crowdsec, sshguard, authLog } = guessGuard
  const { jail } = fail2ban
  if (!jail) {
    // off on purpose is fine while something else guards
    if (crowdsec || sshguard || penaltiesWork(effective, sshd)) return []
    return fail2ban.active
      ? [{ key: 'no-jail', values: { what: text('es achtet nicht auf sshd', 'it does not watch sshd') } }]
      : [{ key: 'not-running', values: { what: text('es läuft nicht', 'it does not run') } }]
  }
  const everywhere = jail.ports.length === 0 || jail.actions.some(action => action.includes('allports'))
  const missed = everywhere ? [] : sshdPorts(listeners, sshd).filter(port => !jail.ports.some(p => covers(p, port)))
  const dead = !jail.journal && jail.logPaths.every(path => path === '/var/log/auth.log' && !authLog)
  const spares = jail.ignore.some(word => /^(0\.0\.0\.0|::)\/0$/.test(word))
  const toothless = jail.actions.length === 0 || jail.banTime === 0
  const list = [
    missed.length > 0 && {
      key: 'port',
      what: text(
        `es sperrt Port ${jail.ports.join(', ')}, SSH lauscht auf ${missed.join(', ')}`,
        `it shuts port ${jail.ports.join(', ')}, SSH listens on ${missed.join(', ')}`,
      ),
    },
    dead && { key: 'log', what: text('es liest ein Protokoll, das es nicht gibt', 'it reads a log that is not there') },
    spares && { key: 'ignore', what: text('es verschont alle Adressen', 'it spares every address') },
    toothless && { key: 'ban', what: text('es sperrt niemanden aus', 'it bans nobody') },
  ]
  return list.flatMap(entry => (entry === false ? [] : [{ key: entry.key, values: { what: entry.what } }]))
}

export default rule({
  id: 'upkeep/guard-asleep',
  severity: 'medium',
  title: text('fail2ban sieht die Anmeldungen und sperrt wirklich', 'fail2ban sees the logins and really bans'),
  problem: text(
    'fail2ban ist installiert, wirkt aber nicht: {what}.',
    'fail2ban is installed but has no effect: {what}.',
  ),
  why: text(
    'Ein fail2ban, das nichts tut, ist schlimmer als keines: Man verlässt sich darauf.',
    'A fail2ban that does nothing is worse than none: one relies on it.',
  ),
  looksAt: text(
    'was fail2ban zu seinem sshd-Jail meldet: Ports, Protokoll, Ausnahmen, Sperren',
    'what the running fail2ban says of its sshd jail: ports, log, exceptions, bans',
  ),
  references: ['jail.conf(5)', 'fail2ban-client(1)', 'BSI Grundschutz++ DET.3.1.1'],
  needs: ['guessGuard', 'listeners', 'sshd', 'effective', 'system'],

  evaluate: facts =>
    facts.guessGuard.fail2ban.installed
      ? judge(problemsOf(facts))
      : notApplicable(text('fail2ban ist nicht installiert', 'fail2ban is not installed')),

  does: text(
    'fail2ban sperrt auf dem richtigen Port und liest das Journal',
    'fail2ban watches the right port and reads the journal',
  ),
  fix({ system, guessGuard }, problems, choices) {
    const has = (...keys: string[]) => problems.some(({ key }) => keys.includes(key))
    const guard = has('not-running', 'no-jail', 'log', 'ignore')
      ? guardJail(choices, system, true, guessGuard.fail2ban.jail?.ignore)
      : []
    if ('refuse' in guard) return guard
    const changes: Change[] = [...(has('port') ? [jailPort(choices.ports.after, 'close')] : []), ...guard]
    if (changes.length > 0) return changes
    return { refuse: text('warum niemand gesperrt wird, sagt die Anleitung', 'the guide says why nobody is banned') }
  },
  guide: 'guard-asleep',
})
