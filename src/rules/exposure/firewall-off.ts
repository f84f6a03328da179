import { isBanList } from '../../model/ports.js'
import { judge, pass, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'exposure/firewall-off',
  severity: 'medium',
  title: text('Eine Firewall lässt nur Freigegebenes durch', 'A firewall lets through only what is allowed'),
  problem: text('Keine Firewall weist etwas ab.', 'No firewall refuses anything.'),
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
