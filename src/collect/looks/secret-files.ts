import type { SecretFileFacts } from '../../model/facts.js'
import { look, rows } from '../look.js'
import { pathFacts } from './login-keys.js'

/** Modes of files in which the system itself keeps secrets; their content is never opened. */
export default look({
  section: 'secretFiles',
  limit: 8,
  beside: true,
  sh: String.raw`
need_root
set --
for f in /etc/shadow /etc/shadow- /etc/gshadow /etc/gshadow- /etc/ssh/ssh_host_*_key /etc/ssl/private/* /etc/letsencrypt/archive/*/privkey*.pem \
  /etc/wireguard/*.conf /etc/NetworkManager/system-connections/* /etc/netplan/*.yaml /etc/ppp/*-secrets /etc/sudoers /etc/sudoers.d/* /etc/mysql/debian.cnf \
  /root/.my.cnf /root/.pgpass /root/.netrc /root/.docker/config.json /root/.ssh/id_* /var/lib/cloud/instances/*/user-data.txt* /var/lib/cloud/instances/*/vendor-data.txt* /etc/krb5.keytab /etc/fail2ban/*.secret; do
  case $f in *.pub) continue ;; esac
  [ -f "$f" ] && [ ! -L "$f" ] && set -- "$@" "$f"
done
# what a folder keeps from others, the files in it need not
for d in /etc/ssl/private /etc/letsencrypt /etc/letsencrypt/archive /etc/letsencrypt/archive/*; do [ -d "$d" ] && [ ! -L "$d" ] && set -- "$@" "$d"; done
stat -c 'P	root	%a	%U	%F	%n	%G' -- "$@"
true
`,
  parse(raw): SecretFileFacts {
    const found = rows(raw.text, 'P').map(row => ({ ...pathFacts(row), ...(row[5] && { group: row[5] }) }))
    if (!found.some(file => file.path === '/etc/shadow')) throw new Error('/etc/shadow was not listed')
    return { files: found }
  },
})
