import { homedir } from 'node:os'
import { hasHost, hostBlock, isHostName, writeHostBlock } from '../keys/ssh-config.js'
import type { Plan } from '../model/plan.js'
import { text } from '../model/text.js'
import type { Chosen } from './choices.js'
import type { Connection } from './connect.js'
import { ask, type Context, note } from './context.js'

const short = (path: string): string => (path.startsWith(`${homedir()}/`) ? `~${path.slice(homedir().length)}` : path)

/** The line that gets the person in from now on; ssh's own options stay as they were given. */
export const sshLine = (connection: Connection, plan: Plan, chosen: Chosen): string => {
  const { address, settings } = connection.server!
  const port = plan.ports.after[0] ?? 22
  const identity = chosen.key?.identity ?? ''
  const usual = /\/\.ssh\/id_(ed25519|ecdsa|rsa)(_sk)?$/.test(identity)
  const kept = address.options.filter((word, at, all) => {
    const before = all[at - 1] ?? ''
    return !/^-[pil]/.test(word) && !['-p', '-i', '-l'].includes(before)
  })
  const words = [
    'ssh',
    ...kept,
    ...(port === 22 ? [] : ['-p', String(port)]),
    ...(usual ? [] : ['-i', short(identity).includes(' ') ? `"${identity}"` : short(identity)]),
    `${plan.choices.account.name}@${address.host === settings.hostname ? settings.hostname : address.host}`,
  ]
  return words.join(' ')
}

/** Offers to write a Host block into the person's ssh configuration. Gives the name it got, or null. */
export const offerHostBlock = async (
  context: Context,
  connection: Connection,
  plan: Plan,
  chosen: Chosen,
): Promise<string | null> => {
  if (!context.canAsk || context.options.flag('yes')) return null
  const { address, settings } = connection.server!
  const proposed =
    isHostName(address.host) && !/^\d+(\.\d+){3}$/.test(address.host) ? address.host.split('.')[0]! : 'server'
  const block = (name: string) =>
    hostBlock({
      name,
      hostName: settings.hostname,
      port: plan.ports.after[0] ?? 22,
      user: plan.choices.account.name,
      identity: short(chosen.key?.identity ?? ''),
    })
  note(
    context,
    text(
      `Kürzer geht es mit diesem Eintrag in ~/.ssh/config (Sicherung daneben):\n\n${block(proposed).replace(/^(?=.)/gm, '    ')}`,
      `Shorter with this entry in ~/.ssh/config (a backup beside it):\n\n${block(proposed).replace(/^(?=.)/gm, '    ')}`,
    ),
  )
  const missing = { what: text('Name', 'name'), option: '--yes' }
  for (let tries = 0; tries < 10; tries++) {
    const answer =
      (await ask(
        context,
        text(`Eintragen? Name oder nein [${proposed}]: `, `Enter it? Name or no [${proposed}]: `),
        missing,
      )) || proposed
    if (['nein', 'n', 'no'].includes(answer.toLowerCase())) return null
    const name = ['ja', 'j', 'yes', 'y'].includes(answer.toLowerCase()) ? proposed : answer
    if (!isHostName(name) || hasHost(name)) {
      note(
        context,
        text(`   „${name}“ geht nicht oder steht schon da.`, `   "${name}" is not possible or is there already.`),
      )
      continue
    }
    try {
      writeHostBlock(block(name), context.now().toISOString().slice(0, 10))
      return name
    } catch {
      note(context, text('   Das ließ sich nicht schreiben.', '   That could not be written.'))
      return null
    }
  }
  return null
}
