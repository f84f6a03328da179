import type { Change } from '../../model/change.js'
import { keyOf } from '../../model/fingerprint.js'
import { glance, setInMatch, whereSet } from '../../model/logins.js'
import { judge, type Problem, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'
import {
  algorithmLists,
  isPostQuantum,
  namesIn,
  postQuantum,
  stillShared,
  strengthened,
} from '../../services/weak-algorithms.js'

export default rule({
  id: 'keys/weak-algorithms',
  severity: 'medium',
  title: text('sshd bietet nur Verfahren an, die als stark gelten', 'sshd offers only algorithms that count as strong'),
  problem: text('{list}: {what}.', '{list}: {what}.'),
  why: text(
    'Verfahren mit SHA-1 oder CBC gelten als überholt. Und was heute mitgeschnitten wird, könnte ein Quantencomputer später lesen, wenn der Schlüsselaustausch nicht dagegen gerüstet ist.',
    'Algorithms with SHA-1 or CBC count as outdated. And what is recorded today a quantum computer might read later, unless the key exchange is built against it.',
  ),
  looksAt: text(
    'die Listen, die sshd -T nennt. BSI TR-02102-4 führt curve25519 und chacha20 nicht auf; OpenSSH und CIS bevorzugen sie',
    'the lists that sshd -T names. BSI TR-02102-4 leaves out curve25519 and chacha20; OpenSSH and CIS prefer them',
  ),
  references: [
    'RFC 9142',
    'RFC 8332',
    'BSI TR-02102-4',
    'CIS Debian 12 5.1.6, 5.1.12, 5.1.15',
    'CIS Debian 13 5.1.6, 5.1.12, 5.1.13, 5.1.16',
  ],
  needs: ['effective', 'sshd'],

  evaluate({ effective, sshd }) {
    if (!effective.views.some(view => namesIn(view, 'kexalgorithms').length > 0))
      return unknown(text('sshd -T nennt keine Verfahren', 'sshd -T names no algorithms'))
    return judge(
      algorithmLists.flatMap(({ keyword, setting, knows, weak }): Problem[] => {
        const names = [...new Set(effective.views.flatMap(view => namesIn(view, setting)))]
        const found = names.filter(name => weak.test(name)).join(', ')
        const where = whereSet(sshd.files, keyword)
        const problem = (key: string, what: Problem['values']): Problem => ({
          key,
          values: { list: keyword, ...what },
          ...(where && { where }),
        })
        const lacks =
          knows === 'kex' && names.length > 0 && !names.some(isPostQuantum) && postQuantum(sshd.release).length > 0
        return [
          ...(found !== '' ? [problem(keyword, { what: text(`schwach sind ${found}`, `weak: ${found}`) })] : []),
          ...(lacks
            ? [
                problem('post-quantum', {
                  what: text(
                    'kein Schlüsselaustausch, der gegen Quantencomputer gerüstet ist',
                    'no key exchange that is built against quantum computers',
                  ),
                }),
              ]
            : []),
        ]
      }),
    )
  },

  does: text('nur noch starke Verfahren', 'strong algorithms only'),
  fix(facts, _, choices) {
    const { effective, sshd } = facts
    const hostKeys = sshd.hostKeys.map(key => key.type)
    const keyTypes = choices.keys.flatMap(line => keyOf(line)?.type ?? [])
    const client = glance(facts, 'operator')?.knows
    const changes: Change[] = []
    for (const list of algorithmLists) {
      const rest = effective.views
        .map(view => strengthened(list, namesIn(view, list.setting), sshd.release))
        .find(names => names !== null)
      if (!rest) continue
      if (!stillShared(list, rest, hostKeys, keyTypes, client))
        return {
          refuse: text(
            `mit dem Rest von ${list.keyword} kämst du nicht mehr hinein`,
            `with what is left of ${list.keyword} you would not get in any more`,
          ),
        }
      // taken out of sshd's own list where nobody set one: a list written down today grows old
      const own = effective.views.flatMap(view => namesIn(view, list.setting))
      const gone = [...new Set(own.filter(name => list.weak.test(name)))]
      const subtracts = !whereSet(sshd.files, list.keyword) && rest.every(name => own.includes(name))
      const wanted = subtracts ? `-${gone.join(',')}` : rest.join(',')
      const matchAll = setInMatch(sshd.files, list.keyword, wanted)
      changes.push({ kind: 'setting', stage: 'close', keyword: list.keyword, values: [wanted], matchAll })
    }
    return changes
  },
  guide: 'weak-algorithms',
})
