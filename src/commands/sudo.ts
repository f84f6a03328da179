import { becomesRoot } from '../model/logins.js'
import type { Plan } from '../model/plan.js'
import { text } from '../model/text.js'
import type { Sudo } from '../riegel/reach.js'
import type { Survey } from '../riegel/survey.js'
import { ask } from './ask.js'
import { type Connection, secretFile } from './connect.js'
import type { Context } from './context.js'

/**
 * How the account of the plan will become root, so that it can be proven: root is root; a password that was generated
 * or is known already; NOPASSWD where it stays; else the account's own password is asked for.
 */
export const sudoFor = async (
  context: Context,
  connection: Connection,
  { sections }: Survey,
  { choices, items }: Plan,
  secret: string,
): Promise<Sudo> => {
  const { name } = choices.account
  if (name === 'root') return 'none'
  if (secret !== '') return { password: secret }
  const account = sections.accounts.find(one => one.name === name)
  const asks = items.some(
    item =>
      item.kind === 'file' &&
      item.path.startsWith('/etc/sudoers.d/') &&
      Object.values(item.stages).some(words => words?.includes('PASSWD: ALL') === true && !words.includes('NOPASSWD')),
  )
  if (!account || (!asks && becomesRoot(sections.sudo, account) !== 'password')) return 'nopasswd'
  if (connection.sudoPassword !== null && choices.operator === name) return { password: connection.sudoPassword }
  const file = context.options.one('sudo-password-file')
  if (file !== undefined) return { password: secretFile(file) }
  const question = text(`sudo-Passwort von ${name} auf dem Server: `, `sudo password of ${name} on the server: `)
  const missing = { what: text('das sudo-Passwort', 'the sudo password'), option: '--sudo-password-file FILE' }
  return { password: await ask(context, question, missing, true) }
}
