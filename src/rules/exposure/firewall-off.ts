import type { FirewallFacts } from '../../model/facts.js'
import { isBanList } from '../../model/ports.js'
import { judge, pass, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

/** What becomes of what no rule names, by one family of addresses. Facts of before have only the policy. */
const restBy = (
  { chains, legacyRefuses }: FirewallFacts,
  family: 'ip' | 'ip6',
): 'refused' | 'let-through' | 'unclear' => {
  const ends = chains
    .filter(chain => !isBanList(chain.table) && ['inet', family].includes(chain.family))
    .map(({ rest, policy, refuses }) => rest ?? (policy === 'drop' ? 'refused' : refuses ? 'unclear' : 'let-through'))
  if (ends.includes('refused') || legacyRefuses?.includes(family)) return 'refused'
  return ends.includes('unclear') ? 'unclear' : 'let-through'
}

export default rule({
  id: 'exposure/firewall-off',
  severity: 'medium',
  title: text('Eine Firewall lässt nur Freigegebenes durch', 'A firewall lets through only what is allowed'),
  problem: text('{what}.', '{what}.'),
  why: text(
    'Jeder Dienst, der versehentlich nach außen lauscht, eine Datenbank etwa, ist sofort für alle erreichbar.',
    'Any service that listens to the outside by mistake, a database say, is reachable by everybody at once.',
  ),
  looksAt: text(
    'ufw, firewalld und die geltenden nftables-Regeln; Sperrlisten von fail2ban und dergleichen zählen nicht',
    'ufw, firewalld and the ruleset of nftables as it is now; ban lists of fail2ban and the like do not count',
  ),
  references: ['BSI SYS.1.1.A19', 'CIS Debian 12 4.1.1, 4.2.7, 4.3.8', 'CIS Debian 13 4.1.1'],
  needs: ['firewall'],

  evaluate({ firewall }) {
    const { ufw, firewalld, chains, legacy, ipv6 } = firewall
    const [four, six] = [restBy(firewall, 'ip'), ipv6 === false ? 'refused' : restBy(firewall, 'ip6')]
    if (four === 'refused' && six === 'refused') return pass
    const refuses = chains.some(chain => chain.refuses && !isBanList(chain.table))
    const hidden = ufw === 'unknown' ? 'ufw' : firewalld === 'active' && !refuses ? 'firewalld' : null
    if (hidden !== null)
      return unknown(
        text(
          `${hidden} ist eingeschaltet, seine Regeln sind aber nicht zu sehen`,
          `${hidden} is on, but its rules are not to be seen`,
        ),
      )
    if (four === 'unclear' || six === 'unclear' || (legacy && firewall.legacyRefuses === undefined))
      return unknown(
        text(
          'die Firewall weist manches ab; ob auch alles, was keine Regel nennt, ist nicht zu erkennen',
          'the firewall refuses some things; whether also all that no rule names cannot be told',
        ),
      )
    const what =
      four === 'refused'
        ? text('Über IPv6 weist die Firewall nichts ab', 'By IPv6 the firewall refuses nothing')
        : refuses
          ? text('Die Firewall lässt durch, was keine Regel nennt', 'The firewall lets through what no rule names')
          : text('Keine Firewall weist etwas ab', 'No firewall refuses anything')
    return judge([{ key: four === 'refused' ? 'ipv6' : 'firewall', values: { what } }])
  },

  guide: 'firewall-off',
})
