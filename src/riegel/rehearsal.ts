import { readLooks } from '../collect/script.js'
import type { Facts } from '../model/facts.js'
import { seen } from '../model/facts.js'
import { assess, serverRules, version } from './survey.js'

/** What the looks print on a small Debian 13 with one account besides root; shortened. */
const answers: Readonly<Record<string, string>> = {
  system: `os-release:PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
os-release:VERSION_ID="13"
os-release:ID=debian
N\tfiles
unprivileged-port-start=1024
hostname=example
kernel=6.12.57+deb13-amd64
init=systemd
container=none
uid=0
operator=root
now=1795986598
connection=198.51.100.7 4000 203.0.113.5 22
cloud-init=absent
apt-busy=unasked
selinux=absent
nologin=no
P\t/etc\text4\tno\tyes\t12333808
tool:sudo=yes
tool:systemctl=yes
tool:apt-get=yes`,
  effective: `V\troot\t198.51.100.7\t198.51.100.7\t203.0.113.5\t22
port 22
usepam yes
maxauthtries 6
logingracetime 120
maxstartups 10:30:100
permitrootlogin yes
hostbasedauthentication no
pubkeyauthentication yes
kerberosauthentication no
gssapiauthentication no
passwordauthentication yes
kbdinteractiveauthentication no
strictmodes yes
permitemptypasswords no
ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com
macs hmac-sha2-256-etm@openssh.com,hmac-sha1
kexalgorithms mlkem768x25519-sha256,curve25519-sha256
hostkeyalgorithms ssh-ed25519,rsa-sha2-512
pubkeyacceptedalgorithms ssh-ed25519,rsa-sha2-512
casignaturealgorithms ssh-ed25519,rsa-sha2-512
debianbanner yes
banner none
forcecommand none
chrootdirectory none
trustedusercakeys none
revokedkeys none
authorizedkeyscommand none
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
hostkey /etc/ssh/ssh_host_ed25519_key
authenticationmethods any
permituserenvironment no
pubkeyauthoptions none
persourcepenalties crash:90 authfail:5 noauth:1`,
  accounts: `A\troot\t0\t0\t/root\t/bin/bash\tyes
A\tdaemon\t1\t1\t/usr/sbin\t/usr/sbin/nologin\tyes
A\tdebian\t1000\t1000\t/home/debian\t/bin/bash\tyes
S\troot\tsha512\tno\t20786\t
S\tdaemon\tstar\tno\t20786\t
S\tdebian\tyescrypt\tno\t20786\t
G\troot\t0\t
G\tsudo\t27\tdebian
G\tdebian\t1000\t`,
  loginKeys: `P\tdebian\t755\tdebian\tdirectory\t/home/debian
P\tdebian\t700\tdebian\tdirectory\t/home/debian/.ssh
P\tdebian\t600\tdebian\tregular file\t/home/debian/.ssh/authorized_keys
K\tdebian\t/home/debian/.ssh/authorized_keys\t1\tssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP example`,
  privateKeys: 'A\tdebian\nE\tdebian',
  sudo: `installed=yes
L\tdebian\tMatching Defaults entries for debian on example:
L\tdebian\t    env_reset, use_pty
L\tdebian\t
L\tdebian\tUser debian may run the following commands on example:
L\tdebian\t    (ALL) NOPASSWD: ALL
drop-ins=yes`,
  reboot: 'required=no\npackages=\nrunning=6.12.57+deb13-amd64\nnewest=6.12.57+deb13-amd64',
  loginText: 'F\t/etc/issue.net\t644\troot\troot\t1778070812.0\t1778070812.0\t20\n|Debian GNU/Linux 13',
  passwordPolicy: 'P\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\nP\trequisite pam_deny.so',
  secondFactor: 'L\t[success=1 default=ignore] pam_unix.so nullok\nL\trequisite pam_deny.so',
  sshd: `version=OpenSSH_10.0p2 Debian-7
now=1795986598.437481397
uptime=51454.91
MainPID=44
ExecStart={ path=/usr/sbin/sshd ; argv[]=/usr/sbin/sshd -D $SSHD_OPTS ; ignore_errors=no }
KillMode=process
Id=ssh.service
LoadState=loaded
ActiveState=active
FragmentPath=/usr/lib/systemd/system/ssh.service
DropInPaths=
UnitFileState=enabled
StateChangeTimestampMonotonic=51454037753
NeedDaemonReload=no


F\t/etc/ssh/sshd_config\t644\troot\troot\t1778070812.0\t1795935279.5\t60
|Include /etc/ssh/sshd_config.d/*.conf
|UsePAM yes
|#Port 22
valid=yes
complaint=
start-options=
K\t/etc/ssh/ssh_host_ed25519_key.pub\tssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP example
D\t/etc/ssh\t1778070812.0\t1778070812.0\t4
A\t44\t1\tsshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups`,
  clock: 'timesyncd=yes\nsynchronised=yes',
  listeners: `LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("sshd",pid=44,fd=6))
LISTEN 0 128 [::]:22 [::]:* users:(("sshd",pid=44,fd=7))
LISTEN 0 100 0.0.0.0:3306 0.0.0.0:* users:(("mariadbd",pid=51,fd=7))`,
  firewall: `ufw=absent
firewalld=absent
zone=
unit:nftables=enabled active
legacy=no
nft=yes
T\ttable inet filter {
T\t\tchain input {
T\t\t\ttype filter hook input priority filter; policy accept;
T\t\t\ttcp dport 22 accept
T\t\t}
T\t}
nft-conf=cut`,
  updates: `manager=apt
unattended=yes
apt-daily-upgrade=enabled active
apt-daily=enabled active
lists=1795935267
now=1795986598
asked=yes`,
  guessGuard: 'crowdsec=no\ncrowdsec-firewall-bouncer=no\nsshguard=no\nauth-log=no\nfail2ban=no',
  secretFiles:
    'P\troot\t640\troot\tregular file\t/etc/shadow\tshadow\nP\troot\t644\troot\tregular file\t/etc/gshadow\troot',
}

/** The example as facts; pure. */
export const example = (): Facts => {
  const framed = Object.entries(answers).map(([name, words]) => `\nT begin ${name}\n${words}\n\nT end ${name} 0\n`)
  return {
    schema: 'riegel.facts/1',
    riegel: version,
    target: 'example',
    takenAt: '2026-11-24T09:10:11.000Z',
    durationMs: 0,
    sections: {
      ...readLooks('T', `${framed.join('')}\nT done\n`),
      wire: seen({ banner: 'OpenSSH_10.0p2 Debian-7', methods: ['publickey', 'password'], port: 22, address: '' }),
      operator: seen({
        privateKeys: [],
        agentKeys: 0,
        knows: { cipher: [], mac: [], kex: [], key: [] },
        paths: [],
        unread: [],
      }),
    },
  }
}

/**
 * Reads and judges an example, and throws away what came of it. What runs for the first time takes three times as long:
 * while ssh logs in nobody waits for it, afterwards somebody does. Never throws.
 */
export const rehearse = (): void => {
  try {
    assess(example(), serverRules)
  } catch {
    // the real one will say what is wrong
  }
}
