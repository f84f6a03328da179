import type { GuessGuardFacts } from '../../model/facts.js'
import { look, must, pairs, rows, whole } from '../look.js'

/** What the running fail2ban server answers, not what its files say (traps T20, T21). */
export default look({
  section: 'guessGuard',
  limit: 15,
  beside: true,
  units: ['crowdsec.service', 'crowdsec-firewall-bouncer.service', 'sshguard.service'],
  sh: String.raw`
need_root
for u in $UNITS; do unit $u && [ $ACTIVE = active ] && kv "${'$'}{u%.service}" yes; done
# the first answer counts; where no systemd answers nothing of its runs
kv crowdsec no; kv crowdsec-firewall-bouncer no; kv sshguard no
[ -s /var/log/auth.log ] && kv auth-log yes || kv auth-log no
if ! have fail2ban-client; then kv fail2ban no; exit 0; fi
kv fail2ban yes
kv enabled "$(systemctl is-enabled fail2ban 2>/dev/null)"
if ! systemctl -q is-active fail2ban; then kv active no; exit 0; fi
kv active yes
list=$(timeout 5 fail2ban-client status 2>/dev/null) || exit 70
if printf '%s\n' "$list" | sed -n 's/.*Jail list:[[:space:]]*//p' | tr ',' '\n' | tr -d ' \t' | grep -qx sshd; then kv jail yes; else kv jail no; exit 0; fi
# -d prints the configuration the files hold; the server itself is asked for what runs
q() { timeout 5 fail2ban-client get sshd "$@" 2>/dev/null; }
kv maxretry "$(q maxretry)"
kv bantime "$(q bantime)"
q ignoreip | sed -n 's/^[|\x60]-[[:space:]]*/N	/p'
logs=$(q logpath | sed -n 's/^[|\x60]-[[:space:]]*//p')
if [ -n "$logs" ]; then
  set -f; IFS=$nl; set -- $logs; unset IFS; set +f
  printf 'P\t%s\n' "$@"
  stat -L -c 'T	%n	%Y' -- "$@" 2>/dev/null
fi
q journalmatch | sed -n 's/^Current match filter:.*/M	yes/p'
q banip | tr ' ' '\n' | grep . | sed 's/^/B	/' | head -n 200
q actions | tail -n +2 | tr ',' '\n' | tr -d ' ' | grep . | while read -r a; do printf 'X\t%s\n' "$a"; printf 'Q\t%s\n' "$(q action "$a" port)"; done
true
`,
  parse(raw): GuessGuardFacts {
    const map = pairs(raw.text)
    const list = (tag: string) => rows(raw.text, tag).map(([word]) => word!)
    const installed = must(map, 'fail2ban') === 'yes'
    const active = map.get('active') === 'yes'
    return {
      fail2ban: {
        installed,
        active,
        enabled: map.get('enabled') === 'enabled',
        jail:
          active && must(map, 'jail') === 'yes'
            ? {
                ports: list('Q')
                  .flatMap(ports => ports.split(','))
                  .map(port => port.trim())
                  .filter(port => port !== ''),
                journal: list('M').length > 0,
                logPaths: list('P'),
                ignore: list('N'),
                maxRetry: whole(must(map, 'maxretry')),
                banTime: whole(must(map, 'bantime')),
                banned: list('B'),
                actions: list('X'),
                logs: rows(raw.text, 'T').map(([path, modified]) => ({ path: path!, modified: whole(modified) })),
              }
            : null,
      },
      crowdsec: must(map, 'crowdsec') === 'yes',
      bouncer: must(map, 'crowdsec-firewall-bouncer') === 'yes',
      sshguard: must(map, 'sshguard') === 'yes',
      authLog: must(map, 'auth-log') === 'yes',
    }
  },
})
