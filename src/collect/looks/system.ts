import type { SystemFacts } from '../../model/facts.js'
import { look, must, pairs, rows, whole } from '../look.js'

/** They list every account that they know (nsswitch.conf(5), nss-systemd(8)). */
const ownServices = ['files', 'compat', 'systemd', 'db', 'altfiles', 'usrfiles', 'extrausers', 'mymachines']

export default look({
  section: 'system',
  limit: 10,
  sh: String.raw`
# a number there is given whole or not at all: the shell's read, byte by byte, gets one digit
# SUSE keeps what came with it in /usr/etc
names=/etc/nsswitch.conf; [ -f $names ] || names=/usr$names
set --; for f in /etc/os-release $names; do [ -f $f ] && set -- "$@" $f; done
awk '
  FILENAME ~ /nsswitch.conf$/ { if (/^[ \t]*(passwd|group|initgroups)[ \t]*:/) { gsub(/#.*|\[[^]]*\]|^[^:]*:/, ""); print "N\t" $0 }; next }
  FILENAME != "/etc/os-release" { print "unprivileged-port-start=" $0 } FILENAME == "/etc/os-release" && FNR <= 40 { print "os-release:" $0 }' "$@" /proc/sys/net/ipv4/ip_unprivileged_port_start
read -r name </proc/sys/kernel/hostname; kv hostname "$name"
read -r release </proc/sys/kernel/osrelease; kv kernel "$release"
read -r init </proc/1/comm; kv init "$init"
container; kv container "$CONTAINER"
kv uid "${'$'}{RIEGEL_UID:-$(id -u)}"
kv operator "${'$'}{RIEGEL_OPERATOR:-$(id -un)}"
clocks; kv now "${'$'}{NOW%.*}"
kv connection "$RIEGEL_CONNECTION"
if ! have cloud-init; then ci=absent
elif [ -e /run/cloud-init/result.json ]; then ci=done; grep -q '"errors": \[\]' /run/cloud-init/result.json || ci=error
elif [ -e /run/cloud-init/status.json ]; then ci=running
elif [ -e /run/cloud-init/disabled ] || [ -e /etc/cloud/cloud-init.disabled ]; then ci=disabled
else ci=unknown; fi
kv cloud-init "$ci"
# the kernel takes some 10 ms for its list of locks: only harden has to know
busy=no held=
if [ "$RIEGEL_OCCASION" = audit ]; then busy=unasked; else read -r held </proc/locks; fi
if [ -n "$held" ]; then
  inodes=$(stat -c %i /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock | tr '\n' '|')
  [ -z "$inodes" ] || ! grep -qE ":(${'$'}{inodes%|}) " /proc/locks || busy=yes
fi
kv apt-busy $busy
if [ -d /sys/fs/selinux ] && [ -e /sys/fs/selinux/enforce ]; then
  [ "$(cat /sys/fs/selinux/enforce)" = 1 ] && se=enforcing || se=permissive
else se=absent; fi
kv selinux $se
# listed by default on Red Hat, whether or not there is anything to ask
for f in /etc/sssd/sssd.conf /etc/sssd/conf.d/*.conf; do [ -f "$f" ] && kv sssd "$f"; done
[ -e /etc/nologin ] || [ -e /run/nologin ] && kv nologin yes || kv nologin no
# what is written to an overlay lies in its upper folder; only what can be seen from here is held against it
set --
for p in /etc /etc/ssh /var/lib /var/lib/riegel /home /root; do [ -d $p ] && set -- "$@" $p; done
last= tmp=no
df -PkT "$@" | awk '
  NR == FNR { if (match($0, /upperdir=[^, ]*/)) upper[$5] = substr($0, RSTART + 9, RLENGTH - 9); else delete upper[$5]; next }
  FNR > 1 { print $2, $5, upper[$7] }' /proc/self/mountinfo - | for p in "$@"; do
  read -r fs kb u
  case $fs in overlay*)
    if [ "$u" != "$last" ]; then last=$u tmp=no; [ -d "$u" ] && case $(stat -f -c %T "$u") in tmpfs|ramfs) tmp=yes ;; esac; fi
    [ $tmp = no ] || fs=tmpfs ;;
  esac
  vol=no; case $fs in tmpfs|ramfs) vol=yes ;; esac
  w=no; [ -w $p ] && w=yes
  printf 'P\t%s\t%s\t%s\t%s\t%s\n' $p "$fs" $vol $w "$kb"
done
for t in sshd ssh-keygen sudo doas systemctl nft ufw firewall-cmd fail2ban-client apt-get visudo useradd usermod chage logger wall flock setpriv runuser systemd-run semanage chattr; do
  have $t && kv tool:$t yes
done
true
`,
  parse(raw): SystemFacts {
    const map = pairs(raw.text)
    const release = (name: string) => (map.get(`os-release:${name}`) ?? '').replace(/^"|"$/g, '')
    const [clientAddress, clientPort, serverAddress, serverPort] = must(map, 'connection').split(' ')
    const services = [...new Set(rows(raw.text, 'N').flatMap(([line]) => line!.split(/\s+/).filter(one => one !== '')))]
    const base = {
      os: release('ID'),
      osVersion: release('VERSION_ID'),
      codename: release('VERSION_CODENAME'),
      prettyName: release('PRETTY_NAME'),
      hostname: must(map, 'hostname'),
      kernel: must(map, 'kernel'),
      init: must(map, 'init'),
      container: must(map, 'container') || 'unknown',
      uid: whole(must(map, 'uid')),
      operator: must(map, 'operator'),
      accountServices: services.filter(one => !ownServices.includes(one) && (one !== 'sss' || map.has('sssd'))),
      now: whole(must(map, 'now')),
      cloudInit: must(map, 'cloud-init') as SystemFacts['cloudInit'],
      aptBusy: must(map, 'apt-busy') === 'unasked' ? null : must(map, 'apt-busy') === 'yes',
      selinux: must(map, 'selinux') as SystemFacts['selinux'],
      unprivilegedPortStart: whole(must(map, 'unprivileged-port-start')),
      nologin: must(map, 'nologin') === 'yes',
      places: rows(raw.text, 'P').map(([path, fs, volatile, writable, free]) => ({
        path: path!,
        fs: fs!,
        volatile: volatile === 'yes',
        writable: writable === 'yes',
        freeKb: whole(free),
      })),
      tools: [...map.keys()].filter(name => name.startsWith('tool:')).map(name => name.slice(5)),
    }
    if (!clientAddress || !serverAddress) return base
    return {
      ...base,
      connection: {
        clientAddress,
        clientPort: whole(clientPort),
        serverAddress,
        serverPort: whole(serverPort),
      },
    }
  },
})
