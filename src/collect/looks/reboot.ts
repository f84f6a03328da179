import type { RebootFacts } from '../../model/facts.js'
import { look, must, pairs } from '../look.js'

export default look({
  section: 'reboot',
  limit: 10,
  sh: String.raw`
[ -e /run/reboot-required ] || [ -e /var/run/reboot-required ] && kv required yes || kv required no
p= newest=
[ -e /run/reboot-required.pkgs ] && p=$(sort -u /run/reboot-required.pkgs | head -n 20 | tr '\n' ' ')
kv packages "$p"
read -r release </proc/sys/kernel/osrelease; kv running "$release"
set -- /boot/vmlinuz-*
case $# in
  1) [ -e "$1" ] && newest=${'$'}{1#/boot/vmlinuz-} ;;
  *) newest=$(printf '%s\n' "$@" | sed 's,^/boot/vmlinuz-,,' | sort -V | tail -n 1) ;;
esac
kv newest "$newest"
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
