// A host to look around in: node build/test/live/lab/shell.js [SUITE] [LAYER...]. It boots, tells how to reach it from
// another terminal, opens a shell in it, and is gone when that shell ends.

import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { labFolder } from './cleanup.js'
import { available, type Host, Lab, type Layer, layerOrder, type Suite } from './index.js'
import { must } from './tools.js'

const suites: Suite[] = ['trixie', 'bookworm', 'bullseye']
const password = 'lab'

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Runs a program with this terminal, to its end. */
function withTerminal(argv: string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', resolve)
  })
}

async function boot(lab: Lab, suite: Suite, layers: Layer[]): Promise<{ host: Host; login: string[] }> {
  const folder = labFolder(lab.name)
  const key = `${folder}/key`
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', key])
  const setup = `echo 'root:${password}' | chpasswd
install -d -m 700 /root/.ssh
echo '${(await readFile(`${key}.pub`, 'utf8')).trim()}' >/root/.ssh/authorized_keys
printf 'PermitRootLogin yes\\nPasswordAuthentication yes\\n' >/etc/ssh/sshd_config.d/50-cloud-init.conf
`
  const host = await lab.host({ suite, layers, setup, disk: 'ext4', sizeMb: 2000 })
  const options = ['-o', 'StrictHostKeyChecking=accept-new', '-o', `UserKnownHostsFile=${folder}/known_hosts`]
  return { host, login: lab.wrap(['ssh', '-F', 'none', '-i', key, ...options, `root@${host.name}`]) }
}

async function main(words: string[]): Promise<number> {
  const possible = available()
  const unknown = words.find(word => ![...suites, ...layerOrder].some(known => known === word))
  if (!possible.ok || unknown !== undefined) {
    const why = possible.ok ? `${unknown} is none of ${[...suites, ...layerOrder].join(' ')}` : possible.why
    process.stderr.write(`lab: ${why}\n`)
    return 2
  }
  const suite = suites.find(one => words.includes(one)) ?? 'trixie'
  const layers = layerOrder.filter(layer => words.includes(layer))
  const lab = await Lab.open('shell')
  try {
    const began = Date.now()
    const { host, login } = await boot(lab, suite, layers)
    say(`${host.name} (${[suite, ...layers].join(', ')}) is up after ${((Date.now() - began) / 1000).toFixed(1)} s`)
    say(`addresses   ${host.ip4}  ${host.ip6}   root's password: ${password}`)
    say(`log in      ${login.join(' ')}`)
    say(`its files   ${host.rootPath}`)
    say(`run there   ${lab.wrap(['COMMAND']).join(' ')}   (as the operator: a namespace with a way to this host only)`)
    say('It is gone when this shell ends.\n')
    return (await withTerminal(login)) ?? 1
  } finally {
    await lab.close()
  }
}

process.exitCode = await main(process.argv.slice(2))
