import type { Change } from '../../model/change.js'
import { bouncerUnseen, crowdsecBans } from '../../model/crowdsec.js'
import type { SeenSections } from '../../model/facts.js'
import { jail as guardJail } from '../../model/guard.js'
import { penaltiesWork, sshdPorts } from '../../model/logins.js'
import { jailPort } from '../../model/ports.js'
import { judgeUnless, notApplicable, type Problem, partly, rule } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'

type Seen = SeenSections<'guessGuard' | 'listeners' | 'sshd' | 'effective' | 'system'>
type Jail = NonNullable<Seen['guessGuard']['fail2ban']['jail']>

/** Ports as fail2ban writes them: numbers, names, ranges. */
const covers = (written: string, port: number): boolean => {
  const [from = NaN, to = from] = written.split(/[:-]/).map(word => (word === 'ssh' ? 22 : Number(word)))
  return port >= from && port <= to
}

/** Actions that shut somebody out, those that do so on every port, and those that only tell or shut a web server. */
const bans =
  /^(iptables|nftables|firewallcmd|ufw|shorewall|hostsdeny|route|apf|ipfw|bsd-ipfw|npf|osx-|pf$|ipfilter|symbiosis)|allports/
const bansEverywhere = /allports|^(hostsdeny|route|ufw|apf|ipfilter)/
const tells =
  /^(sendmail|mail|smtp|complain|abuseipdb|dshield|blocklist_de|mynetwatchman|xarf|apprise|ipthreat|dummy|cloudflare|nginx)/

/** A log that nobody wrote to for so long is none: cron and whoever looks here log in more often. */
const stale = 86_400
/** More tries than anybody makes who is not to get in. */
const patience = 100

type Log = 'read' | 'missing' | 'stale' | 'unseen'

const logOf = (jail: Jail, { authLog }: Seen['guessGuard'], { now, connection }: Seen['system']): Log => {
  if (jail.journal) return 'read'
  if (!jail.logs) return jail.logPaths.every(path => path === '/var/log/auth.log' && !authLog) ? 'missing' : 'unseen'
  if (jail.logs.length === 0) return 'missing'
  if (jail.logs.some(({ modified }) => now - modified <= stale)) return 'read'
  return connection ? 'stale' : 'unseen'
}

const others = ({ guessGuard, sshd, effective }: Seen): boolean =>
  crowdsecBans(guessGuard) || guessGuard.sshguard || penaltiesWork(effective, sshd)

/** Why nothing that was found is no pass. */
const hidden = (facts: Seen): Text | null => {
  const { guessGuard, system } = facts
  const { jail } = guessGuard.fail2ban
  if (!jail) return others(facts) ? null : bouncerUnseen(guessGuard)
  if (!jail.actions.some(action => bans.test(action)))
    return text(
      `ob ${jail.actions.join(', ')} jemanden aussperrt, weiß Riegel nicht`,
      `whether ${jail.actions.join(', ')} bans anybody Riegel does not know`,
    )
  if (jail.ports.length === 0 && !jail.actions.some(action => bansEverywhere.test(action)))
    return text('fail2ban hat nicht gesagt, welchen Port es sperrt', 'fail2ban did not say which port it shuts')
  if (logOf(jail, guessGuard, system) === 'unseen')
    return text(
      'ob in das Protokoll, das fail2ban liest, noch etwas kommt, ist nicht zu sehen',
      'whether anything still comes into the log that fail2ban reads cannot be seen',
    )
  return null
}

const problemsOf = (facts: Seen): Problem[] => {
  const { guessGuard, listeners, sshd, system } = facts
  const { fail2ban } = guessGuard
  const { jail } = fail2ban
  if (!jail) {
    // off on purpose is fine while something else guards
    if (others(facts) || bouncerUnseen(guessGuard)) return []
    return fail2ban.active
      ? [{ key: 'no-jail', values: { what: text('es achtet nicht auf sshd', 'it does not watch sshd') } }]
      : [{ key: 'not-running', values: { what: text('es läuft nicht', 'it does not run') } }]
  }
  const everywhere = jail.ports.length === 0 || jail.actions.some(action => bansEverywhere.test(action))
  const missed = everywhere ? [] : sshdPorts(listeners, sshd).filter(port => !jail.ports.some(p => covers(p, port)))
  const log = logOf(jail, guessGuard, system)
  const spares = jail.ignore.some(word => /^(0\.0\.0\.0|::)\/0$/.test(word))
  const toothless = jail.actions.every(action => tells.test(action)) || jail.banTime === 0
  const list = [
    missed.length > 0 && {
      key: 'port',
      what: text(
        `es sperrt Port ${jail.ports.join(', ')}, SSH lauscht auf ${missed.join(', ')}`,
        `it shuts port ${jail.ports.join(', ')}, SSH listens on ${missed.join(', ')}`,
      ),
    },
    log === 'missing' && {
      key: 'log',
      what: text('es liest ein Protokoll, das es nicht gibt', 'it reads a log that is not there'),
    },
    log === 'stale' && {
      key: 'log',
      what: text(
        'es liest ein Protokoll, in dem nicht einmal deine Anmeldung steht',
        'it reads a log that has not even your login in it',
      ),
    },
    spares && { key: 'ignore', what: text('es verschont alle Adressen', 'it spares every address') },
    toothless && { key: 'ban', what: text('es sperrt niemanden aus', 'it bans nobody') },
    !toothless &&
      jail.maxRetry > patience && {
        key: 'ban',
        what: text(`es sperrt erst nach ${jail.maxRetry} Versuchen aus`, `it bans only after ${jail.maxRetry} tries`),
      },
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
      ? judgeUnless(problemsOf(facts), hidden(facts))
      : notApplicable(text('fail2ban ist nicht installiert', 'fail2ban is not installed')),

  does: text(
    'fail2ban sperrt auf dem richtigen Port und liest das Journal',
    'fail2ban watches the right port and reads the journal',
  ),
  fix(facts, problems, choices) {
    const { system, guessGuard } = facts
    const has = (...keys: string[]) => problems.some(({ key }) => keys.includes(key))
    const guard = has('not-running', 'no-jail', 'log', 'ignore')
      ? guardJail(choices, system, true, guessGuard.fail2ban.jail?.ignore)
      : []
    if ('refuse' in guard) return guard
    // the new jail's file says the port as well; what stays unclear afterwards must not be waited for before confirming
    const port = (): Change[] => (has('port') ? [jailPort(choices.ports.after, hidden(facts) ? 'after' : 'close')] : [])
    const changes = guard.length > 0 ? guard : port()
    const because = text('warum niemand gesperrt wird, sagt die Anleitung', 'the guide says why nobody is banned')
    return partly(changes, has('ban') || changes.length === 0 ? ['ban'] : [], because)
  },
  guide: 'guard-asleep',
})
