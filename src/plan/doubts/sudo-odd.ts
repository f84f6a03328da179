import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'sudo-odd',
  needs: ['sudo'],
  consider: ({ facts: { sudo }, choices }) => {
    if (!sudo.readsDropIns && sudo.installed)
      return {
        refuse: text('/etc/sudoers liest /etc/sudoers.d nicht', '/etc/sudoers does not read /etc/sudoers.d'),
        hint: text(
          'Zeile ergänzen (visudo): @includedir /etc/sudoers.d',
          'Add a line (visudo): @includedir /etc/sudoers.d',
        ),
      }
    const defaults = [
      ...sudo.defaults,
      ...(sudo.accounts[choices.account.name]?.defaults ?? []),
      ...Object.values(sudo.accounts).flatMap(a => a.defaults),
    ]
    const odd = defaults.find(word => /^(requiretty|targetpw|rootpw|runaspw|log_input|log_output)/.test(word))
    if (odd === undefined) return null
    return {
      refuse: text(
        `sudo ist hier mit ${odd} eingestellt; damit ließe sich nichts beweisen`,
        `sudo is set up with ${odd} here; nothing could be proven with it`,
      ),
      hint: text('visudo, dann noch einmal', 'visudo, then again'),
    }
  },
})
