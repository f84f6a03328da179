import type { Change } from '../../model/change.js'
import type { EffectiveFacts } from '../../model/facts.js'
import { glance, setInMatch, value, whereSet } from '../../model/logins.js'
import { judge, type Problem, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

/** The weakest that any view has, as numbers; what CIS takes as the limit. */
const measures = [
  { keyword: 'MaxAuthTries', most: 4, wanted: '4' },
  { keyword: 'LoginGraceTime', most: 60, wanted: '60' },
  { keyword: 'MaxStartups', most: 60, wanted: '10:30:60' },
] as const

const all = (effective: EffectiveFacts, keyword: string): string[] => [
  ...new Set(effective.views.map(view => value(view, keyword.toLowerCase()))),
]

const numbers = (words: string): number[] => words.split(':').map(word => (/^\d+$/.test(word) ? Number(word) : NaN))

const tooPatient = (keyword: string, words: string, most: number): boolean => {
  const [start = NaN, rate = 100, full = start] = numbers(words)
  if (keyword === 'MaxStartups') return start > 10 || rate < 30 || full > most
  return start > most || (keyword === 'LoginGraceTime' && start === 0)
}

export default rule({
  id: 'keys/patient-login',
  severity: 'low',
  title: text('sshd begrenzt Versuche und Wartezeit', 'sshd limits tries and waiting time'),
  problem: text(
    '{key} {value} macht das Raten leicht (ratsam: höchstens {limit}).',
    '{key} {value} invites guessing (at most {limit}).',
  ),
  why: text(
    'Viele Versuche je Verbindung und lange offene Anmeldungen machen das Raten billig, und der Server lässt sich leichter lahmlegen.',
    'Many tries per connection and logins left open for long make guessing cheap and the server easy to clog.',
  ),
  looksAt: text(
    'MaxAuthTries, LoginGraceTime und MaxStartups in sshd -T',
    'MaxAuthTries, LoginGraceTime and MaxStartups in sshd -T',
  ),
  references: [
    'sshd_config(5) MaxAuthTries, LoginGraceTime, MaxStartups',
    'CIS Debian 12 5.1.13, 5.1.16, 5.1.18',
    'CIS Debian 13 5.1.14, 5.1.17, 5.1.19',
  ],
  needs: ['effective', 'sshd'],

  evaluate(facts) {
    const { effective, sshd } = facts
    // an agent offers its keys one after the other, and each counts as a try (traps T25)
    const keys = glance(facts, 'operator')?.agentKeys ?? 0
    const odd = measures.find(({ keyword }) => all(effective, keyword).some(words => numbers(words).some(Number.isNaN)))
    if (odd) return unknown(text(`sshd -T sagt nichts zu ${odd.keyword}`, `sshd -T does not tell ${odd.keyword}`))
    return judge(
      measures.flatMap(({ keyword, most, wanted }): Problem[] => {
        const limit = keyword === 'MaxAuthTries' ? Math.max(most, keys) : most
        const found = all(effective, keyword).find(words => tooPatient(keyword, words, limit))
        if (found === undefined) return []
        const where = whereSet(sshd.files, keyword)
        const shown = keyword === 'MaxStartups' ? wanted : limit
        return [{ key: keyword, values: { value: found, limit: shown }, ...(where && { where }) }]
      }),
    )
  },

  does: text('weniger Versuche und weniger Zeit je Anmeldung', 'fewer tries and less time per login'),
  fix: ({ sshd }, problems, choices) =>
    measures
      .filter(({ keyword }) => problems.some(problem => problem.key === keyword))
      .map(({ keyword, wanted }): Change => {
        const words = keyword === 'MaxAuthTries' ? String(Math.max(4, choices.agentKeys)) : wanted
        const matchAll = keyword === 'MaxAuthTries' && setInMatch(sshd.files, keyword, words)
        return { kind: 'setting', stage: 'close', keyword, values: [words], matchAll }
      }),
  guide: 'patient-login',
})
