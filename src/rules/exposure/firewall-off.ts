import { isBanList } from '../../model/ports.js'
import { judge, pass, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'exposure/firewall-off',
  severity: 'medium',
  title: text('Ein Paketfilter bewacht den Server', 'A packet filter guards the server'),
  problem: text('Kein Paketfilter weist etwas ab.', 'No packet filter refuses anything.'),
  why: text(
    'Jeder Dienst, der versehentlich nach außen lauscht, eine Datenbank etwa, ist sofort für alle erreichbar.',
    'Any service that listens to the outside by mistake, a database say, is reachable by everybody at once.',
  ),
  looksAt: text(
    'ufw, firewalld und der Regelsatz von nftables, wie er jetzt gilt; Sperrlisten gegen Ratende zählen nicht',
    'ufw, firewalld and the ruleset of nftables as it is now; ban lists against guessers do not count',
  ),
  references: ['BSI SYS.1.1.A19', 'CIS Debian 12 4.1.1, 4.2.7, 4.3.8', 'CIS Debian 13 4.1.1'],
  needs: ['firewall'],

  evaluate({ firewall }) {
    const refuses = firewall.chains.some(chain => chain.refuses && !isBanList(chain.table))
    if (firewall.ufw === 'active' || firewall.firewalld === 'active' || firewall.legacy || refuses) return pass
    if (firewall.ufw === 'unknown')
      return unknown(
        text(
          'ufw ist eingeschaltet, seine Regeln sind aber nicht zu sehen',
          'ufw is on, but its rules are not to be seen',
        ),
      )
    return judge([{ key: 'firewall' }])
  },

  guide: 'firewall-off',
})
