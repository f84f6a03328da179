import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'include-missing',
  needs: ['sshd'],
  consider: ({ facts: { sshd } }) => {
    const main = sshd.files.find(file => file.path === '/etc/ssh/sshd_config')
    const first = main?.lines.find(line => /^\s*[^#\s]/.test(line)) ?? ''
    if (/^\s*include[\s=]+"?\/etc\/ssh\/sshd_config\.d\/\*\.conf"?\s*$/i.test(first)) return null
    return {
      refuse: text(
        '/etc/ssh/sshd_config liest sshd_config.d nicht als Erstes; ein Drop-in hätte keinen Vorrang',
        '/etc/ssh/sshd_config does not read sshd_config.d first; a drop-in would not win',
      ),
      hint: text(
        'Als erste Zeile: Include /etc/ssh/sshd_config.d/*.conf',
        'As its first line: Include /etc/ssh/sshd_config.d/*.conf',
      ),
    }
  },
})
