import type { Choices } from '../model/change.js'
import { sshdPorts, waysIn } from '../model/logins.js'
import { exceptedIn } from '../model/second-factor.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import type { Survey } from '../riegel/survey.js'
import { allowed } from './choices.js'
import type { Context } from './context.js'

const trouble = (code: string, words: Text, hint: Text): Trouble => new Trouble(code, words, hint)

/** Whose second factor it is: the account that logged in, by a key that is here. Throws Trouble. */
export const whose = ({ sections }: Survey): string => {
  const { operator } = sections.system
  if (operator === 'root')
    throw trouble(
      'root',
      text('Als root richtet man keinen zweiten Faktor ein', 'A second factor is not set up as root'),
      text('Erst ein eigenes Konto: riegel harden', 'An account of your own first: riegel harden'),
    )
  if (!sections.loginKeys.keys.some(key => key.account === operator))
    throw trouble(
      'no-key',
      text(`${operator} hat auf dem Server keinen Schlüssel`, `${operator} has no key on the server`),
      text('Erst Schlüssel statt Passwort: riegel harden', 'A key instead of a password first: riegel harden'),
    )
  return operator
}

/** Accounts that go on with one factor on purpose. Throws Trouble `bad-option`. */
const excepted = (context: Context, { sections }: Survey, own: string, by?: 'security-key'): readonly string[] => {
  const given = context.options.many('except')
  // who was left out before stays so, until they set up a code themselves
  const names = [...new Set([...given, ...exceptedIn(sections.sshd.files).filter(name => name !== own)])]
  const byKey = (name: string) =>
    waysIn(sections.effective, sections.accounts, sections.loginKeys, sections.system.now).some(
      way => way.account.name === name && way.by === 'key',
    )
  const bad = given.find(name => name === own || !sections.accounts.some(account => account.name === name))
  // a code is demanded of everybody; a security key of nobody else
  const keyless = by === undefined ? given.find(name => name !== own && !byKey(name)) : undefined
  if (bad === undefined && keyless === undefined) return names
  if (bad === undefined)
    throw trouble(
      'bad-option',
      text(
        `--except ${keyless}: hat keinen Schlüssel und käme dann nicht mehr hinein`,
        `--except ${keyless}: has no key, and would not get in any more`,
      ),
      text('Erst einen Schlüssel auf den Server (ssh-copy-id)', 'A key onto the server first (ssh-copy-id)'),
    )
  throw trouble(
    'bad-option',
    text(`--except ${bad}: dieses Konto geht dafür nicht`, `--except ${bad}: that account will not do`),
    text('Ein anderes Konto, das es auf dem Server gibt', 'Another account that is there on the server'),
  )
}

/** What a plan for this account depends on. `by`: a security key instead of a code; `keys`: what is added for it. */
export const choicesOf = (
  context: Context,
  seen: Survey,
  name: string,
  by?: 'security-key',
  keys: readonly string[] = [],
): Choices => {
  const { accounts, listeners, sshd, system } = seen.sections
  const home = accounts.find(account => account.name === name)?.home ?? `/home/${name}`
  const ports = sshdPorts(listeners, sshd)
  return {
    account: { name, exists: true, home, keyFile: `${home}/.ssh/authorized_keys` },
    keys,
    newPort: 'keep',
    sudo: 'unchanged',
    operator: system.operator,
    operatorAddress: system.connection?.clientAddress ?? '',
    agentKeys: 0,
    ports: { before: ports, after: ports },
    allow: allowed(context),
    secondFactor: {
      ...(context.options.flag('disable')
        ? { accounts: [], except: [] }
        : { accounts: [name], except: excepted(context, seen, name, by) }),
      ...(by && { by }),
    },
  }
}
