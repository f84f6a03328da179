import type { NextBootFacts } from '../../model/facts.js'
import { look, must, pairs, rows } from '../look.js'

/** Would the next boot bring the same door? Asked only before a change. */
export default look({
  section: 'nextBoot',
  limit: 20,
  beside: true,
  only: 'harden',
  sh: String.raw`
need_root
need systemctl
u=ssh.service; [ "$(systemctl show -p LoadState --value ssh.service)" = loaded ] || u=sshd.service
! systemctl -q is-active ssh.socket || u="$u ssh.socket"
timeout 15 systemd-analyze verify --man=no $u 2>&1 | grep -E "^(/[^:]*/)?(ssh\.socket|sshd?\.service)" | head -n 5 | sed 's/^/V	/'
for d in /var/lib/puppet /etc/puppetlabs /etc/chef /etc/salt/minion /etc/cfengine /var/cfengine; do [ -e "$d" ] && printf 'M\t%s\n' "${'$'}{d##*/}"; done
for d in /usr/local/cpanel /usr/local/psa /usr/local/directadmin /www/server/panel; do [ -d "$d" ] && printf 'M\t%s\n' "$d"; done
[ -e /etc/ssh/sshd_not_to_be_run ] && kv not-to-be-run yes || kv not-to-be-run no
`,
  parse(raw): NextBootFacts {
    return {
      unitComplaint: rows(raw.text, 'V')
        .map(([line]) => line!)
        .join('; '),
      notToBeRun: must(pairs(raw.text), 'not-to-be-run') === 'yes',
      managers: rows(raw.text, 'M').map(([name]) => name!),
    }
  },
})
