// npm run try: what Riegel does, on real systems. Audits this machine, then boots a throw-away Debian as a provider
// delivers it, hardens it over SSH, shows before and after, and takes it away again.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { available, cacheFolder, type Host, Lab, prepare } from './lab/index.js'
import { byPassword, fingerprint, Operator, rootPassword } from './support.js'

const german =
  [process.env['LC_ALL'], process.env['LC_MESSAGES'], process.env['LANG']].find(Boolean)?.startsWith('de') === true
const say = (de: string, en: string): void => {
  process.stdout.write(`\n${german ? de : en}\n\n`)
}
const bundle = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))
if (!existsSync(bundle)) throw new Error('dist/cli.js is missing: npm run build')

/** Runs a program with this terminal; what it is called with is shown as a person would type it. */
const show = (shown: string, argv: string[], env: NodeJS.ProcessEnv = process.env): Promise<number | null> => {
  process.stdout.write(`$ ${shown}\n`)
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { stdio: ['ignore', 'inherit', 'inherit'], env })
    child.on('error', reject)
    child.on('close', resolve)
  })
}

const began = performance.now()
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(0)

const door = async (lab: Lab, operator: Operator, host: Host): Promise<void> => {
  const target = `root@${host.ip4}`
  const env = {
    ...process.env,
    ...operator.env,
    SSHPASS: rootPassword,
    LANG: process.env['LANG'] ?? '',
    ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
  }
  // sshpass types the provider's password where a person would
  const riegel = (words: string[]) => lab.wrap(['sshpass', '-e', process.execPath, bundle, ...words])
  const print = await fingerprint(host)
  const files = ['-o', `UserKnownHostsFile=${operator.home}/.ssh/known_hosts`]

  say(
    '1  Ansehen, wie der Anbieter ihn liefert. Das ändert nichts.',
    '1  Look at it as the provider delivers it. This changes nothing.',
  )
  await show(`riegel audit ${target}`, riegel(['audit', target, ...files, '--host-key', print]), env)

  say(
    '2  Verriegeln: eigenes Konto mit Schlüssel, Port 301, dann erst root, Passwörter und Port 22 zu.',
    '2  Bolt it: an account with a key, port 301, and only then root, passwords and port 22 shut.',
  )
  const password = `${operator.home}/sudo-password`
  const words = ['harden', target, ...files, '--host-key', print, '--yes', '--user', 'lotse', '--key', operator.key]
  const code = await show(
    `riegel harden ${target} --user lotse --key id_ed25519.pub --new-port 301 --save-sudo-password FILE --yes`,
    riegel([...words, '--new-port', '301', '--save-sudo-password', password]),
    env,
  )
  if (code !== 0) throw new Error(`harden ended with ${code}`)

  say('3  Nachsehen, von Hand, mit ssh selbst:', '3  See for yourself, by hand, with ssh itself:')
  const attempts: [string, Promise<{ stdout: string; stderr: string }>][] = [
    ['ssh -p 301 lotse@... id -un', operator.ssh(host, 'lotse', 301, 'id -un')],
    ['ssh -p 301 root@...', operator.ssh(host, 'root', 301, 'id -un')],
    ['ssh root@...   (22)', operator.ssh(host, 'root', 22, 'id -un')],
  ]
  for (const [shown, attempt] of attempts) {
    const { stdout, stderr } = await attempt
    process.stdout.write(`$ ${shown.padEnd(30)} ${(stdout.trim() || stderr.trim().split('\n').at(-1)) ?? ''}\n`)
  }

  say('4  Und zurück, als wäre nichts gewesen:', '4  And back, as if nothing had happened:')
  const back = [`lotse@${host.ip4}`, '-p', '301', '-i', operator.key.replace(/\.pub$/, ''), ...files]
  await show(
    `riegel undo -p 301 lotse@${host.ip4}`,
    riegel(['undo', ...back, '--yes', '--sudo-password-file', password]),
    env,
  )
}

say('Riegel sieht sich diese Maschine an.', 'Riegel looks at this machine.')
await show('riegel audit', [process.execPath, bundle, 'audit'])

const possible = available()
if (!possible.ok) {
  say(
    `Einen Wegwerf-Server kann diese Maschine nicht starten: ${possible.why}. Dabei bleibt es also.`,
    `This machine cannot boot a throw-away server: ${possible.why}. So this is all for now.`,
  )
} else {
  say(
    'Jetzt ein frisches Debian 13, wie ein Anbieter es liefert: root mit Passwort, SSH auf 22. Es läuft nur hier.',
    'Now a fresh Debian 13 as a provider delivers it: root with a password, SSH on 22. It runs here only.',
  )
  const images = performance.now()
  await prepare(['trixie'], [], line => process.stdout.write(`  ${line}\n`))
  const took = ((performance.now() - images) / 1000).toFixed(0)
  process.stdout.write(
    german ? `  Abbild bereit, ${took} s (${cacheFolder()})\n` : `  image ready, ${took} s (${cacheFolder()})\n`,
  )
  const lab = await Lab.open('try')
  const operator = await Operator.in(lab)
  // Ctrl+C reaches everybody; what was booted is taken away all the same
  process.on('SIGINT', () => {})
  try {
    await door(lab, operator, await lab.host({ suite: 'trixie', setup: byPassword }))
  } finally {
    operator.end()
    await lab.close()
  }
  say(
    `Das war es, ${seconds()} s. Der Server ist wieder weg. Auf einem eigenen: riegel harden root@SERVER`,
    `That was it, ${seconds()} s. The server is gone again. On one of your own: riegel harden root@SERVER`,
  )
}
