import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'firewall-source',
  needs: ['firewall'],
  consider: ({ facts: { firewall }, choices, items }) => {
    if (choices.newPort === 'keep') return null
    const open = items.find(item => item.kind === 'firewall')
    if (firewall.legacy || firewall.units['netfilter-persistent']?.startsWith('enabled'))
      return {
        refuse: text(
          'Die Firewall kommt hier aus iptables-Regeln, die beim Start geladen werden; die fasst Riegel noch nicht an',
          'The firewall comes from iptables rules loaded at boot here; Riegel does not touch those yet',
        ),
        hint: text(
          '--new-port keep, oder den neuen Port dort selbst freigeben',
          '--new-port keep, or allow the new port there yourself',
        ),
      }
    if (open?.kind !== 'firewall' || open.manager !== 'nftables') return null
    const known = (open.chains ?? []).every(c => firewall.nftConf.includes(`table ${c.family} ${c.table}`))
    if (known && firewall.units['nftables']?.startsWith('enabled')) return null
    return {
      refuse: text(
        'Woher die Regeln der Firewall beim nächsten Start kommen, ist nicht zu sehen (nicht aus /etc/nftables.conf)',
        'Where the firewall rules come from at the next boot cannot be seen (not from /etc/nftables.conf)',
      ),
      hint: text(
        '--new-port keep, oder den neuen Port dort selbst freigeben',
        '--new-port keep, or allow the new port there yourself',
      ),
    }
  },
})
