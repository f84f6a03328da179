import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ownFolder } from '../keys/own.js'
import { hasHost, hostBlock, isHostName, writeHostBlock } from '../keys/ssh-config.js'
import type { Plan } from '../model/plan.js'
import { quote } from '../model/shell.js'
import { text } from '../model/text.js'
import { ask, asks, saysNo, saysYes } from './ask.js'
import type { Chosen } from './choices.js'
import type { Connection } from './connect.js'
import { type Context, note } from './context.js'

/** How the server is reached from now on. */
export interface NewWay {
  /** a name of ssh's configuration, or user@host */
  readonly target: string
  /** ssh's own options, as `Options.ssh` has them */
  readonly ssh: readonly string[]
  /** both, as a person types them behind a command */
  readonly typed: string
}

/** ssh reads `~` as the home of the account's entry, whatever HOME says. */
const short = (path: string): string => {
  const { homedir: home } = userInfo()
  return path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}

/** Keys that ssh tries without being told. */
const usual = (identity: string): boolean =>
  ['id_ed25519', 'id_ecdsa', 'id_rsa', 'id_ed25519_sk', 'id_ecdsa_sk'].some(
    name => identity === join(userInfo().homedir, '.ssh', name),
  )

/** ssh's own options as they were given, but for those that the plan replaces. */
const kept = (connection: Connection, ...replaced: readonly string[]): string[] => {
  const { options } = connection.server!.address
  return options.filter(
    (word, at) =>
      !(replaced.includes(word) && at % 2 === 0) && !(replaced.includes(options[at - 1] ?? '') && at % 2 === 1),
  )
}

/** A word as it is typed; a tilde is left to the shell that reads it. */
const word = (one: string): string => (/^~\/[\w./-]+$/.test(short(one)) ? short(one) : quote(one))

/** The way in from now on. */
export const newWay = (connection: Connection, plan: Plan, chosen: Chosen): NewWay => {
  const { address } = connection.server!
  const port = plan.ports.after[0] ?? 22
  const identity = chosen.key?.identity ?? ''
  const ssh = [
    ...kept(connection, '-p', '-i'),
    ...(port === 22 ? [] : ['-p', String(port)]),
    ...(usual(identity) ? [] : ['-i', identity]),
  ]
  const target = `${plan.choices.account.name}@${address.host}`
  return { target, ssh, typed: [...ssh.map(word), target].join(' ') }
}

/** Behind `ssh`, or a command of Riegel: the way in from now on. */
export const targetLine = (connection: Connection, plan: Plan, chosen: Chosen): string =>
  newWay(connection, plan, chosen).typed

/** The configuration that ssh reads for this person: `-F FILE` where one was given (the last counts), else their own. */
const configOf = ({ options: { ssh } }: Context): string | null => {
  const at = ssh.lastIndexOf('-F')
  if (at < 0) return homedir() === userInfo().homedir ? join(ownFolder(), 'config') : null
  const file = ssh[at + 1]
  return file === undefined || file === 'none' ? null : file
}

/** Offers to write a Host block into the person's ssh configuration. Gives the way in by it, or null. */
export const offerHostBlock = async (
  context: Context,
  connection: Connection,
  plan: Plan,
  chosen: Chosen,
): Promise<NewWay | null> => {
  const file = configOf(context)
  if (!asks(context) || file === null) return null
  const { address, settings } = connection.server!
  const named = isHostName(address.host) && !/^\d+(\.\d+){3}$/.test(address.host)
  const base = named ? address.host.split('.')[0]! : 'server'
  const proposed = [base, ...[2, 3, 4, 5].map(n => `${base}-${n}`)].find(name => !hasHost(name, file)) ?? `${base}-6`
  const block = (name: string) =>
    hostBlock({
      name,
      hostName: settings.hostname,
      port: plan.ports.after[0] ?? 22,
      user: plan.choices.account.name,
      identity: short(chosen.key?.identity ?? ''),
    })
  const indented = block(proposed).replace(/^(?=.)/gm, '    ')
  note(
    context,
    text(
      `Kürzer geht es mit diesem Eintrag in ${short(file)} (Sicherung daneben):\n\n${indented}`,
      `Shorter with this entry in ${short(file)} (a backup beside it):\n\n${indented}`,
    ),
  )
  const question = text(`Eintragen? Name oder nein [${proposed}]: `, `Enter it? Name or no [${proposed}]: `)
  for (let tries = 0; tries < 10; tries++) {
    const answer = (await ask(context, question, { what: text('Name', 'name'), option: '--yes' })) || proposed
    if (saysNo(answer)) return null
    const name = saysYes(answer) ? proposed : answer
    if (!isHostName(name) || hasHost(name, file)) {
      note(
        context,
        text(`   „${name}“ geht nicht oder steht schon da.`, `   "${name}" is not possible or is there already.`),
      )
      continue
    }
    try {
      writeHostBlock(block(name), context.now().toISOString().slice(0, 10), file)
      const ssh = kept(connection, '-p', '-i')
      return { target: name, ssh, typed: [...ssh.map(word), name].join(' ') }
    } catch {
      note(context, text('   Das ließ sich nicht schreiben.', '   That could not be written.'))
      return null
    }
  }
  return null
}
