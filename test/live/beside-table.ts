// Beside the script that guides print: the same kind of host, the same trouble, once the script, once with the rollback
// that some of them have, once Riegel. Real logins decide what came of it, also after a reboot.

import { readFileSync } from 'node:fs'
import { falseSuccess, lockedOut, type Program, type Row, type Trouble, type Way } from './beside-rows.js'
import { type ChangeSet, changeSets, hardening, reached, stateOf } from './fault-table.js'
import { difference, type Host, type Lab, snapshot } from './lab/index.js'
import { type Running, sleep, start } from './lab/tools.js'
import { byKey, Operator } from './support.js'

const port = 301
/** So long the rollback and Riegel's lease wait; guides say 300 and Riegel 120. */
const windowSeconds = 8
const deploy = 'pan-elf-7'

/** In our own words what such guides have: an account, its key, sudo, three lines of sshd_config, restart, success. */
const script = `#!/bin/bash
NEW_USER=anna
SSH_PORT=${port}

cp /etc/ssh/sshd_config /root/sshd_config.bak

adduser --disabled-password --gecos "" "$NEW_USER"
usermod -aG sudo "$NEW_USER"
mkdir -p "/home/$NEW_USER/.ssh"
cp /root/.ssh/authorized_keys "/home/$NEW_USER/.ssh/authorized_keys"
chown -R "$NEW_USER:$NEW_USER" "/home/$NEW_USER/.ssh"
chmod 700 "/home/$NEW_USER/.ssh"
chmod 600 "/home/$NEW_USER/.ssh/authorized_keys"
echo "$NEW_USER ALL=(ALL) NOPASSWD:ALL" > "/etc/sudoers.d/$NEW_USER"
chmod 440 "/etc/sudoers.d/$NEW_USER"

sed -i "s/^#\\?Port .*/Port $SSH_PORT/" /etc/ssh/sshd_config
sed -i 's/^#\\?PermitRootLogin .*/PermitRootLogin no/' /etc/ssh/sshd_config
sed -i 's/^#\\?PasswordAuthentication .*/PasswordAuthentication no/' /etc/ssh/sshd_config
sed -i 's/^#\\?PubkeyAuthentication .*/PubkeyAuthentication yes/' /etc/ssh/sshd_config

systemctl restart ssh
`
const success = `
echo "SUCCESS: SSH is hardened. Log in with: ssh -p $SSH_PORT $NEW_USER@your-server"
`
const rollback = `
echo "Open a second terminal and try: ssh -p $SSH_PORT $NEW_USER@your-server"
if read -r -t ${windowSeconds} -p "Does it work? Type yes, or everything is rolled back: " answer && [ "$answer" = yes ]; then
  :
else
  cp /root/sshd_config.bak /etc/ssh/sshd_config
  systemctl restart ssh
  echo "Rolled back."
  exit 1
fi
`
const scripts = { script: `${script}${success}`, 'script with rollback': `${script}${rollback}${success}` }

/** A server of root's key, with an account that deploys by password, and what the trouble is from the start. */
const setup = (operator: Operator, program: Program, trouble: Trouble): string => `${byKey(operator.keyLine)}
useradd -m -s /bin/bash deploy && echo 'deploy:${deploy}' | chpasswd
${trouble === 'cloud-init drop-in' ? "printf 'PasswordAuthentication yes\\n' >/etc/ssh/sshd_config.d/50-cloud-init.conf" : ''}
${trouble === 'Match with passwords' ? "printf '\\nMatch User deploy\\n    PasswordAuthentication yes\\n' >>/etc/ssh/sshd_config" : ''}
${program === 'riegel' ? '' : `cat >/root/harden.sh <<'END OF SCRIPT'\n${scripts[program]}END OF SCRIPT\n`}`

const set: ChangeSet = changeSets.move

const becomesRoot = async (operator: Operator, host: Host): Promise<Way> => {
  // sshd spares itself an address that broke off for some seconds: a second try
  for (let tries = 0; tries < 2; tries++) {
    if (tries > 0) await sleep(6000)
    const old = await operator.ssh(host, 'root', 22, 'id -u')
    if (old.stdout.trim() === '0') return 'old'
    const now = await operator.ssh(host, 'anna', port, 'sudo -n id -u')
    if (now.stdout.trim() === '0') return 'new'
  }
  return 'no'
}

/** A person in a session as root, who runs the script and answers it by what they see in a second terminal. */
const inSession = (operator: Operator, host: Host): { running: Running; asked: () => boolean } => {
  const options = [...operator.files, '-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', 'BatchMode=yes']
  const words = ['ssh', '-tt', ...options, `root@${host.ip4}`, 'bash /root/harden.sh']
  const running = start(operator.lab.wrap(words), { env: operator.env, timeoutMs: 120_000 }, true)
  let output = ''
  let asked = false
  running.child.stdout?.on('data', async (chunk: Buffer) => {
    output += chunk.toString()
    if (asked || !output.includes('Does it work?')) return
    asked = true
    const second = await operator.ssh(host, 'anna', port, 'sudo -n id -u')
    if (second.stdout.trim() === '0') running.child.stdin?.write('yes\n')
  })
  return { running, asked: () => asked }
}

/** Waits until everything is changed and nobody has confirmed it; with the port blocked Riegel does not get as far as that. */
const inTheWindow = async (host: Host, program: Program, blocked: boolean, asked: () => boolean): Promise<void> => {
  if (program === 'riegel') {
    if ((await reached(host, blocked ? 'account made' : 'narrowed', () => false, 60_000)) !== null) return
    throw new Error('Riegel never got into the window')
  }
  const config = `${host.rootPath}/etc/ssh/sshd_config`
  const changed = () => /^Port /m.test(readFileSync(config, 'utf8'))
  for (let tries = 0; tries < 20_000; tries++) {
    if (program === 'script' ? changed() : asked()) return
    await sleep(3)
  }
  throw new Error('the script never got into the window')
}

/** A path of the host, for a person: what it is about. */
const nameOf = (change: string): string => change.split(': ')[0]!.replace(/^file /, '')

export const sideBySide = async (lab: Lab, program: Program, trouble: Trouble): Promise<Row> => {
  const operator = await Operator.in(lab)
  const host = await lab.host({ suite: 'trixie', setup: setup(operator, program, trouble) })
  const before = await snapshot(host)
  const blocked = trouble.startsWith('port blocked')
  if (blocked) await host.blockPort(port)
  const words = program === 'riegel' ? await hardening(operator, host, set) : []
  const { running, asked } =
    program === 'riegel' ? { running: operator.startRiegel(words), asked: () => false } : inSession(operator, host)
  const lost = trouble.endsWith('session lost')
  const reboots = trouble.includes('reboot')
  if (lost || reboots) {
    await inTheWindow(host, program, blocked, asked)
    if (lost) running.kill('SIGKILL')
    else await host.reboot({ port: 0 })
  }
  const last = await Promise.race([running.done, sleep(90_000).then(() => null)])
  running.kill('SIGKILL')
  // who takes back by itself has done so by then
  await sleep((windowSeconds + 4) * 1000)
  for (let tries = 0; ['armed', 'undoing', 'confirming'].includes(stateOf(host)) && tries < 400; tries++)
    await sleep(100)
  await Promise.race([host.waitForPort(22, 12_000), host.waitForPort(port, 12_000)])
  const told =
    lost || last === null ? 'nothing' : last.code === 0 ? 'success' : last.code === 255 ? 'nothing' : 'failure'
  const way = await becomesRoot(operator, host)
  const changes = difference(before, await snapshot(host))
  const moved = (await host.must('ss -H -tln')).includes(`:${port} `)
  await host.reboot({ port: 0 })
  await Promise.race([host.waitForPort(22, 12_000), host.waitForPort(port, 12_000)])
  const afterReboot = await becomesRoot(operator, host)
  if (blocked) await host.unblockPort(port)
  const there = (await host.waitForPort(port, 1000)) ? port : 22
  const passwords: string[] = []
  for (const user of ['root', 'anna', 'deploy']) {
    const none = await operator.ssh(host, user, there, 'true', ['-o', 'PreferredAuthentications=none'])
    if (/\((?=.*\bpassword\b)/.test(none.stderr)) passwords.push(user)
  }
  if (
    passwords.includes('deploy') &&
    (await operator.password(host, 'deploy', there, deploy)).stdout.trim() !== 'deploy'
  )
    throw new Error('deploy is offered passwords and does not get in')
  const rootIn = (await operator.ssh(host, 'root', there, 'id -u')).stdout.trim() === '0'
  await host.stop()
  operator.end()
  const left = moved ? [] : [...new Set(changes.map(nameOf))]
  return { program, trouble, told, way, afterReboot, passwords, rootIn, left }
}

export const line = (row: Row): string =>
  [
    row.trouble.padEnd(27),
    row.program.padEnd(21),
    `told ${row.told}`.padEnd(13),
    lockedOut(row) ? 'LOCKED OUT' : 'owner gets in',
    `(${row.way}, after a reboot ${row.afterReboot})`.padEnd(30),
    row.passwords.length > 0 ? `passwords on for ${row.passwords.join(', ')}` : 'passwords off',
    row.rootIn ? 'root gets in' : 'root refused',
    falseSuccess(row) ? 'FALSE SUCCESS' : '',
    row.left.length > 0 ? `left behind: ${row.left.join(', ')}` : '',
  ]
    .filter(word => word !== '')
    .join('  ')
