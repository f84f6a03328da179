import type { RebootFacts } from '../../model/facts.js'
import { look, must, pairs } from '../look.js'

export default look({
  section: 'reboot',
  limit: 10,
  sh: String.raw`
[ -e /run/reboot-required ] || [ -e /var/run/reboot-required ] && kv required yes || kv required no
kv packages "$(sort -u /run/reboot-required.pkgs 2>/dev/null | head -n 20 | tr '\n' ' ')"
kv running "$(uname -r)"
kv newest "$(ls -1 /boot 2>/dev/null | sed -n 's/^vmlinuz-//p' | sort -V | tail -n 1)"
`,
  parse(raw): RebootFacts {
    const map = pairs(raw.text)
    return {
      required: must(map, 'required') === 'yes',
      packages: must(map, 'packages')
        .split(' ')
        .filter(name => name !== ''),
      runningKernel: must(map, 'running'),
      newestKernel: must(map, 'newest'),
    }
  },
})
