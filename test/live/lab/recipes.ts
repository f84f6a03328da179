// What goes into the images: package lists and shell scripts only, so that an image's key can be a hash of its recipe.

import type { Mirrors } from './sources.js'

export type Suite = 'bookworm' | 'trixie' | 'bullseye'
export type Layer =
  | 'no-sudo'
  | 'ufw'
  | 'firewalld'
  | 'fail2ban'
  | 'cloud-init'
  | 'bench'
  | 'dropbear'
  | 'sysvinit'
  | 'shells'

/** Layers are stacked in this order whatever order they are asked for in, so that images are shared. */
export const layerOrder: Layer[] = [
  'no-sudo',
  'ufw',
  'firewalld',
  'fail2ban',
  'cloud-init',
  'bench',
  'dropbear',
  'sysvinit',
  'shells',
]

/** Where the local package repository lies in every host: outside of what a snapshot looks at. */
export const repository = '/mnt/riegel-packages'

export const basePackages = [
  'systemd,systemd-sysv,dbus,libpam-systemd,systemd-timesyncd',
  'openssh-server,openssh-client,sudo,iproute2,nftables,procps,netbase',
  'e2fsprogs,util-linux,login,passwd',
].join(',')

/** Offered by the local repository, with everything they depend on or recommend. */
const offered = 'unattended-upgrades fail2ban python3-systemd libpam-google-authenticator'

export function mirrorEntries(suite: Suite, mirror: Mirrors): string[] {
  return [
    `deb ${mirror.main} ${suite} main`,
    `deb ${mirror.main} ${suite}-updates main`,
    `deb ${mirror.security} ${suite}-security main`,
  ]
}

/**
 * Runs outside with the new root as $1. The mirror's entries stay in the image with their lists, so that
 * `apt-get -s upgrade` knows what a real one knows; without retries an update inside a host fails at once, since
 * a name cannot be looked up there. First-boot chores (ldconfig, presets) are marked as done.
 */
export function baseScript(entries: string[]): string {
  return `set -eu
rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"
: >"$1/etc/apt/sources.list"
cat >"$1/etc/apt/sources.list.d/debian.list" <<'END'
${entries.join('\n')}
END
mkdir -p "$1/usr/lib/systemd/system/user@.service.d"
printf '[Service]\\nTimeoutStopSec=2s\\n' >"$1/usr/lib/systemd/system/user@.service.d/lab.conf"
printf 'Acquire::Retries "0";\\nAcquire::Languages "none";\\n' >"$1/etc/apt/apt.conf.d/99lab"
rm -f "$1/etc/resolv.conf" "$1/etc/hostname" "$1"/etc/ssh/ssh_host_* "$1"/etc/*-
printf '# no resolver: looking up a name fails at once\\n' >"$1/etc/resolv.conf"
: >"$1/etc/machine-id"
mkdir -p "$1${repository}"
touch "$1/etc/.updated" "$1/var/.updated"
`
}

const quietApt = 'apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Options::=--force-unsafe-io'

/** Installs inside a chroot; if the mirror has moved on since the base was built, fetches its lists anew. */
function install(packages: string, options = ''): string {
  const once = `${quietApt} ${options} install ${packages}`
  return `${once} || { ${fetchLists}; ${once}; }\n`
}

const fetchLists =
  'apt-get -qq -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false -o Acquire::Languages=none update'

const tidy = `rm -rf /var/cache/apt/archives/*.deb /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /etc/*-
apt-cache gencaches
touch /etc/.updated /var/.updated
`

/** The packages a fix may install, as a repository inside the image; its list is read, the mirror's ones are kept. */
export const repositoryScript = `set -eu
cd /
${install(`sudo ${offered}`, '--download-only --reinstall')}mv /var/cache/apt/archives/*.deb ${repository}/
`

/** Second half, after the index has been made from outside. */
export const repositoryIndexScript = `set -eu
printf 'deb [trusted=yes] file:${repository} ./\\n' >/etc/apt/sources.list
apt-get -qq -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 update
${tidy}`

const journalJail = `# without a syslog daemon there is no auth.log: watch the journal, as trixie does by itself
mkdir -p /etc/fail2ban/jail.d
grep -q systemd /etc/fail2ban/jail.d/defaults-debian.conf ||
  printf '[sshd]\\nbackend = systemd\\n' >/etc/fail2ban/jail.d/journal.local
`

const cloudConfig = `cat >/etc/cloud/cloud.cfg.d/95-lab.cfg <<'END'
# a seed below /var/lib/cloud/seed/nocloud or nothing: never look for a metadata service
datasource_list: [NoCloud, None]
network: {config: disabled}
# the images have no locales to choose from
locale: false
END
`

/** One script per layer, run as root in a chroot of the layers below. */
export const layerScripts: Record<Layer, string> = {
  'no-sudo': `set -eu\nSUDO_FORCE_REMOVE=yes ${quietApt} purge sudo\n${tidy}`,
  ufw: `set -eu\n${install('ufw')}${tidy}`,
  firewalld: `set -eu\n${install('firewalld', '--no-install-recommends')}${tidy}`,
  fail2ban: `set -eu\n${install('fail2ban python3-systemd', '--no-install-recommends')}${journalJail}${tidy}`,
  'cloud-init': `set -eu\n${install('cloud-init', '--no-install-recommends')}${cloudConfig}${tidy}`,
  // in OpenSSH's place
  dropbear: `set -eu\n${install('dropbear', '--no-install-recommends')}${quietApt} purge openssh-server\nsystemctl enable dropbear\n${tidy}`,
  // what people log in to that is no POSIX shell, or a small one
  shells: `set -eu\n${install('fish tcsh busybox', '--no-install-recommends')}${tidy}`,
  // another first process: what boots the lab's hosts would still take systemd if it were there
  sysvinit: `set -eu\n${install('sysvinit-core systemd-sysv- libpam-systemd-', '--no-install-recommends --allow-remove-essential')}rm /usr/lib/systemd/systemd\n${tidy}`,
  bench: `set -eu\n${install('lynis ssh-audit', '--no-install-recommends')}${tidy}`,
}
