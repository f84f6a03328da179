import type { FirewallFacts } from '../../model/facts.js'
import { asleepInConf, confMakes } from '../../model/nft-conf.js'
import { isBanList } from '../../model/ports.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

const hint = text(
  '--new-port keep; oder die Regeln in /etc/nftables.conf führen und nftables.service einschalten',
  '--new-port keep; or keep the rules in /etc/nftables.conf and enable nftables.service',
)

/** What would filter at the next boot and does not now: the proof of today says nothing about it. */
const asleep = (firewall: FirewallFacts): string | null => {
  const { ufw, firewalld, units, chains } = firewall
  if (ufw === 'unknown') return 'ufw'
  if (firewalld === 'inactive' && units['firewalld']?.startsWith('enabled')) return 'firewalld'
  if (!units['nftables']?.startsWith('enabled')) return null
  const awake = chains.filter(c => c.refuses && !isBanList(c.table)).map(c => `${c.family} ${c.table}`)
  const tables = asleepInConf(firewall, awake)
  return tables.length === 0 ? null : `nftables: ${tables.join(', ')}`
}

export default doubt({
  id: 'firewall-source',
  needs: ['firewall'],
  consider: ({ facts: { firewall }, choices, items }) => {
    if (choices.newPort === 'keep') return null
    const open = items.find(item => item.kind === 'firewall')
    if (firewall.legacy || firewall.units['netfilter-persistent']?.startsWith('enabled'))
      return {
        refuse: text(
          'Die Firewall besteht hier aus iptables-Regeln, die beim Booten geladen werden; die ändert Riegel noch nicht',
          'The firewall comes from iptables rules loaded at boot here; Riegel does not touch those yet',
        ),
        hint,
      }
    if (open?.kind === 'firewall' && open.manager === 'nftables') {
      // the file is written back as a whole: of one that was not read to its end the rest would be gone
      const known = (open.chains ?? []).every(c => confMakes(firewall.nftConf, c.family, c.table))
      if (!known || firewall.nftConfCut || !firewall.units['nftables']?.startsWith('enabled'))
        return {
          refuse: text(
            'Woher die Regeln der Firewall beim nächsten Start kommen, ist nicht zu sehen (nicht aus /etc/nftables.conf)',
            'Where the firewall rules come from at the next boot cannot be seen (not from /etc/nftables.conf)',
          ),
          hint,
        }
    }
    const sleeper = asleep(firewall)
    if (sleeper === null) return null
    return {
      refuse: text(
        `Beim nächsten Start filtert hier etwas, das jetzt nicht geladen ist (${sleeper}); es könnte den neuen Port sperren`,
        `At the next boot something filters here that is not loaded now (${sleeper}); it could shut the new port`,
      ),
      hint: text(
        'Erst laden oder abschalten, dann noch einmal; oder --new-port keep',
        'Load it or switch it off first, then again; or --new-port keep',
      ),
    }
  },
})
