// "Before staging: what this server is" (transaction.md), each on a host where the danger is real: hardened where that
// can be done safely, else refused by name with the host untouched; never a half state. Judged by real logins over IPv4
// and IPv6, before and after a reboot. What was seen is printed, a line each.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { difference, type Host, type HostOptions, type Lab, type Suite, snapshot } from './lab/index.js'
import { byKey, fingerprint, live, type Operator, type Workplace, workplace } from './support.js'

interface Case {
  readonly bullet: string
  readonly name: string
  readonly suite?: Suite
  readonly layers?: HostOptions['layers']
  /** sh in the host's root before it boots, besides the operator's key for root */
  readonly setup?: string
  /** sh in the booted host */
  readonly start?: string
  readonly words?: readonly string[]
  /** confirmed; or the reason it is refused with, before anything is touched; or that with which it is taken back */
  readonly ends:
    | 'confirmed'
    | { readonly refused: RegExp }
    | { readonly takenBack: RegExp }
    | { readonly undone: RegExp }
  /** sh whose words are the same before and after */
  readonly stays?: string
  /** after a reboot nobody gets in, Riegel or not: that is the danger */
  readonly deaf?: true
}

const cases: readonly Case[] = [
  {
    bullet: 'the next boot',
    name: 'ssh.service runs, but is not enabled',
    start: 'systemctl disable ssh.service',
    ends: { refused: /does not start at the next boot/ },
    deaf: true,
  },
  {
    bullet: 'the next boot',
    name: 'a unit that is another on the disk than the one that runs',
    start: `mkdir /etc/systemd/system/ssh.service.d; printf '[Service]\\nNice=1\\n' >/etc/systemd/system/ssh.service.d/x.conf`,
    ends: { refused: /not the one that runs/ },
  },
  {
    bullet: 'the next boot',
    name: 'the new port belongs to a socket that the next boot opens',
    setup: `printf '[Socket]\\nListenStream=301\\nAccept=yes\\n[Install]\\nWantedBy=sockets.target\\n' >/etc/systemd/system/later.socket
printf '[Service]\\nExecStart=/bin/true\\nStandardInput=socket\\n' >/etc/systemd/system/later@.service\n`,
    start: 'systemctl -q enable later.socket',
    ends: { refused: /301 belongs to later\.socket/ },
  },
  {
    bullet: 'volatile places',
    name: '/home in memory',
    start: 'mount -t tmpfs none /home',
    ends: { refused: /\/home lies in memory/ },
  },
  {
    bullet: 'parse as sshd does',
    name: 'sshd_config without Include',
    setup: "sed -i '/^Include/d' /etc/ssh/sshd_config\n",
    ends: 'confirmed',
  },
  {
    bullet: 'parse as sshd does',
    name: 'Include at the end, behind a Match, and two Port lines',
    suite: 'bookworm',
    setup: `sed -i '/^Include/d' /etc/ssh/sshd_config
printf 'Port 22\\nport=2022\\nPermitRootLogin yes\\nMatch Address 192.0.2.0/24\\n  PasswordAuthentication yes\\nMatch all\\nInclude /etc/ssh/sshd_config.d/*.conf\\n' >>/etc/ssh/sshd_config\n`,
    words: ['--allow', 'others-cut-off'],
    ends: 'confirmed',
  },
  {
    bullet: 'parse as sshd does',
    name: 'a drop-in that sorts before every other',
    setup: "printf 'PermitRootLogin yes\\nPasswordAuthentication yes\\nPort 22\\n' >/etc/ssh/sshd_config.d/00-a.conf\n",
    ends: 'confirmed',
  },
  {
    bullet: 'parse as sshd does',
    name: 'Include in quotes, behind an equals sign',
    setup: `sed -i 's|^Include.*|include="/etc/ssh/sshd_config.d/*.conf"|' /etc/ssh/sshd_config\n`,
    ends: 'confirmed',
  },
  {
    bullet: 'parse as sshd does',
    name: 'a port inside ListenAddress',
    setup: "printf 'ListenAddress 0.0.0.0:22\\nListenAddress [::]:22\\n' >>/etc/ssh/sshd_config\n",
    ends: { refused: /names a port itself/ },
  },
  {
    bullet: 'every SSH listener',
    name: 'a second sshd, started by somebody',
    start: 'systemd-run -q --unit=other /usr/sbin/sshd -D -p 2222 -o PidFile=none; sleep 0.5',
    ends: { refused: /does not run by its files alone/ },
  },
  {
    bullet: 'every SSH listener',
    name: 'options in the environment file of the unit',
    setup: "echo 'SSHD_OPTS=-o PasswordAuthentication=yes' >/etc/default/ssh\n",
    ends: { refused: /does not run by its files alone/ },
  },
  {
    bullet: 'every SSH listener',
    name: 'dropbear in the place of OpenSSH',
    layers: ['dropbear'],
    ends: { refused: /dropbear\S* answers here instead of OpenSSH/ },
  },
  {
    bullet: 'the general policy',
    name: 'keys looked for elsewhere',
    setup: `printf 'AuthorizedKeysFile /etc/ssh/keys/%%u\\n' >/etc/ssh/sshd_config.d/40-keys.conf
mkdir /etc/ssh/keys; cp /root/.ssh/authorized_keys /etc/ssh/keys/root\n`,
    ends: { refused: /looks for keys elsewhere/ },
  },
  {
    bullet: 'the general policy',
    name: "PAM's account phase lets only root in",
    setup: `echo 'account required pam_access.so' >>/etc/pam.d/sshd; printf '+:root:ALL\\n-:ALL:ALL\\n' >/etc/security/access.conf\n`,
    ends: { refused: /pam_access/ },
  },
  {
    bullet: 'the general policy',
    name: 'only members of a group are let in',
    setup: "printf 'AllowGroups root\\n' >/etc/ssh/sshd_config.d/40-groups.conf\n",
    ends: { refused: /would not let anna in/ },
  },
  {
    bullet: 'the general policy',
    name: 'certificates, and a command that finds keys: they stay',
    setup: `ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ca
printf '#!/bin/sh\\nexit 0\\n' >/usr/local/sbin/keys; chmod 755 /usr/local/sbin/keys
printf 'TrustedUserCAKeys /etc/ssh/ca.pub\\nAuthorizedKeysCommand /usr/local/sbin/keys %%u\\nAuthorizedKeysCommandUser nobody\\n' >/etc/ssh/sshd_config.d/40-ca.conf\n`,
    ends: 'confirmed',
    stays: "sshd -T | grep -cE '^(trustedusercakeys /etc/ssh/ca.pub|authorizedkeyscommand /usr/local/sbin/keys %u)$'",
  },
  {
    bullet: 'an account of explicit values',
    name: 'defaults that would make an account nobody can use',
    setup: `useradd -D -s /usr/sbin/nologin -e 2001-01-01 -f 0
sed -i 's/^UMASK.*/UMASK 077/; s/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 1/' /etc/login.defs
mkdir -p /etc/skel/.ssh; echo 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP who' >/etc/skel/.ssh/authorized_keys\n`,
    ends: 'confirmed',
  },
  {
    bullet: 'an account of explicit values',
    name: 'a home of that name that lies there already',
    setup: 'mkdir -p /home/anna/.ssh; echo x >/home/anna/.ssh/authorized_keys\n',
    ends: { refused: /\/home\/anna exists already/ },
  },
  {
    bullet: 'an account of explicit values',
    name: 'the account exists, and is expired',
    setup: 'useradd -m -s /bin/bash -e 2001-01-01 anna\n',
    ends: { refused: /anna exists already/ },
  },
  {
    bullet: "sudo's real answer",
    name: 'the rule that comes last asks everybody for a password',
    setup: "echo 'ALL ALL=(ALL:ALL) PASSWD: ALL' >/etc/sudoers.d/zzz-all; chmod 440 /etc/sudoers.d/zzz-all\n",
    ends: { takenBack: /anna gets in, but does not become root: sudo: a password is required/ },
  },
  {
    bullet: "sudo's real answer",
    name: 'targetpw',
    setup: "echo 'Defaults targetpw' >/etc/sudoers.d/10-target; chmod 440 /etc/sudoers.d/10-target\n",
    ends: { refused: /set up with targetpw/ },
  },
  {
    bullet: "sudo's real answer",
    name: 'sudoers reads no drop-ins',
    setup: "sed -i '/includedir/d' /etc/sudoers\n",
    ends: { refused: /does not read \/etc\/sudoers\.d/ },
  },
  {
    bullet: 'the filter',
    name: 'rules by iptables that the next boot loads',
    setup: `printf '[Unit]\\n[Service]\\nType=oneshot\\nExecStart=/bin/true\\nRemainAfterExit=yes\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/netfilter-persistent.service\n`,
    start: 'systemctl -q enable --now netfilter-persistent.service',
    ends: { refused: /iptables rules loaded at boot/ },
  },
  {
    bullet: 'root-owned links',
    name: '/home is a link to another place of root',
    setup: 'mkdir /srv/home; rmdir /home; ln -s /srv/home /home\n',
    ends: 'confirmed',
  },
  {
    bullet: 'root-owned links',
    name: 'the folder of drop-ins is a link of root',
    setup: 'mv /etc/ssh/sshd_config.d /etc/ssh/parts; ln -s parts /etc/ssh/sshd_config.d\n',
    ends: 'confirmed',
  },
  {
    bullet: 'somebody else owns the files',
    name: 'a manager of configurations is installed',
    setup: 'mkdir -p /etc/puppetlabs/puppet; printf "[main]\\n" >/etc/puppetlabs/puppet/puppet.conf\n',
    ends: { refused: /manages this server/ },
  },
  {
    bullet: 'somebody else owns the files',
    name: 'something takes the drop-in away as soon as it is confirmed',
    setup: `printf '[Service]\\nExecStart=/bin/sh -c "until ls /var/lib/riegel/*/confirmed; do sleep 0.01; done; rm -f /etc/ssh/sshd_config.d/00-riegel.conf; systemctl reload ssh"\\n' >/etc/systemd/system/owner.service\n`,
    start: 'systemctl start owner.service',
    ends: { undone: /Confirmed, but right afterwards something on the server changed it again/ },
  },
  {
    bullet: 'and these',
    name: 'one refused login shuts its address out for ten seconds',
    setup: `echo 'PerSourcePenalties authfail:10s noauth:5s max:60s min:5s' >/etc/ssh/sshd_config.d/40-penalties.conf\n`,
    ends: 'confirmed',
  },
  {
    bullet: 'and these',
    name: 'no systemd: sysvinit',
    layers: ['sysvinit'],
    ends: { refused: /init runs here instead of systemd/ },
  },
  {
    bullet: 'and these',
    name: '/etc/nologin is there',
    start: 'echo later >/etc/nologin',
    ends: { refused: /nologin lets nobody in but root/ },
  },
  {
    bullet: 'and these',
    name: 'the operator is a user whose shell is no POSIX shell',
    setup: 'printf \'#!/bin/sh\\nexec /bin/bash "$@"\\n\' >/usr/local/bin/oddsh; chmod 755 /usr/local/bin/oddsh\n',
    ends: 'confirmed',
  },
]

// mostly they wait
describe('before staging: what this server is', { ...live, concurrency: 3 }, () => {
  let place: Workplace
  let lab: Lab
  let operator: Operator

  before(async () => {
    place = await workplace('before')
    ;({ lab, operator } = place)
  })
  after(() => place.close())

  /** Who gets in and becomes root, over both families. */
  const logins = async (host: Host): Promise<Record<string, boolean>> => {
    const found: Record<string, boolean> = {}
    for (const [name, address] of [
      ['IPv4', host.ip4],
      ['IPv6', host.ip6],
    ] as const) {
      const root = await operator.ssh(host, 'root', 22, 'id -u', [], address)
      found[`root by ${name} on 22`] = root.code === 0 && root.stdout.trim() === '0'
      for (const port of [22, 301]) {
        const anna = await operator.ssh(host, 'anna', port, 'sudo -n id -u', [], address)
        found[`anna by ${name} on ${port}`] = anna.code === 0 && anna.stdout.trim() === '0'
      }
    }
    return found
  }
  const only = (found: Record<string, boolean>): string[] => Object.keys(found).filter(name => found[name])

  for (const one of cases)
    test(`${one.bullet}: ${one.name}`, async t => {
      const host = await lab.host({
        suite: one.suite ?? 'trixie',
        ...(one.layers && { layers: one.layers }),
        setup: `${byKey(operator.keyLine)}${one.setup ?? ''}`,
      })
      if (one.start !== undefined) await host.must(one.start)
      const was = await snapshot(host)
      const kept = one.stays === undefined ? '' : await host.must(one.stays)
      const ran = await operator.riegel([
        'harden',
        `root@${host.ip4}`,
        ...operator.files,
        '--host-key',
        await fingerprint(host, one.layers?.includes('dropbear')),
        ...['--yes', '--user', 'anna', '--key', operator.key, '--sudo', 'nopasswd', '--new-port', '301'],
        ...['--allow', 'no-console', '--skip', 'upkeep', '--lang', 'en', ...(one.words ?? [])],
      ])
      const said = ran.stderr.trimEnd().split('\n')
      const { ends } = one
      if (ends === 'confirmed') assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      else if ('undone' in ends) {
        assert.equal(ran.code, 4, ran.stdout + ran.stderr)
        assert.match(ran.stderr, ends.undone)
        assert.doesNotMatch(ran.stdout, /Bolted/)
      } else {
        const refused = 'refused' in ends
        assert.equal(ran.code, refused ? 2 : 3, ran.stdout + ran.stderr)
        assert.match(refused ? said[0]! : ran.stderr, refused ? ends.refused : ends.takenBack)
        if (refused) assert.equal(said.length, 2, ran.stderr)
        assert.deepEqual(difference(was, await snapshot(host)), [])
      }
      const [who, port] = ends === 'confirmed' ? ['anna', 301] : 'undone' in ends ? ['anna', 22] : ['root', 22]
      const wanted = ['IPv4', 'IPv6'].map(family => `${who} by ${family} on ${port}`)
      if (one.stays !== undefined) assert.equal(await host.must(one.stays), kept)
      const now = only(await logins(host))
      assert.deepEqual(now, wanted)
      await host.reboot({ port: one.deaf ? 0 : Number(port) })
      const then = only(await logins(host))
      assert.deepEqual(then, one.deaf ? [] : wanted)
      const did =
        ends === 'confirmed' ? 'confirmed' : 'refused' in ends ? 'refused' : 'undone' in ends ? 'undone' : 'taken back'
      t.diagnostic(
        [
          one.bullet.padEnd(29),
          one.name.padEnd(61),
          did.padEnd(10),
          now.join(', '),
          `after a reboot ${then.join(', ') || 'nobody, as without Riegel'}`,
        ].join('  '),
      )
      await host.stop()
    })
})
