import type { Facts } from '../model/facts.js'
import { json } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { dial, parseAddress } from '../riegel/dial.js'
import { type Context, checkOutput, writeResult } from './context.js'
import { thresholdOf } from './threshold.js'
import { waiting } from './waiting.js'

/** Why the look was not root's, in the few words that a heading has room for. */
const withoutRoot: Readonly<Record<string, Text>> = {
  'cannot-ask': text(
    'sudo-Passwort fehlt: --sudo-password-file FILE',
    'sudo password missing: --sudo-password-file FILE',
  ),
  'no-root': text('sudo abgelehnt', 'sudo refused'),
  'no-sudo-password': text('ohne sudo-Passwort', 'no sudo password'),
  'wrong-sudo-password': text('sudo nimmt das Passwort nicht', 'sudo does not take the password'),
}

interface Looked {
  readonly facts: Facts
  readonly because?: Text
  /** closes the connection: last, since the server's farewell takes as long as the judging */
  end(): void
}

// most of the program is needed only when ssh is through: it is started first, then they are loaded
const judging = () => import('./verdict.js')
/** Where the answer is close already, nothing stands before it. */
const rehearsing = async (isThrough: () => boolean) => {
  await judging()
  const { rehearse } = await import('../riegel/rehearsal.js')
  if (!isThrough()) rehearse()
}
const looking = () => Promise.all([import('./connect.js'), import('../riegel/look.js')])

const factsOf = async (context: Context, target: string | undefined): Promise<Looked> => {
  const file = context.options.one('facts')
  if (file !== undefined) return { facts: (await import('./facts-file.js')).factsFrom(file), end() {} }
  // where a host key is given nobody logs in before it was compared
  const later = ['host-key', 'totp-secret-file'].some(option => context.options.one(option) !== undefined)
  const early = target !== undefined && !later
  const work = early ? dial(parseAddress(target, context.options.ssh)) : null
  const [{ connect }, { look, prepare }] = await looking()
  const prepared = prepare('audit')
  const connecting = connect(context, target, { early: work, occasion: 'audit', ahead: prepared.script })
  let through = target === undefined
  connecting
    .catch(() => {})
    .then(() => {
      through = true
    })
  void rehearsing(() => through)
  const connection = await connecting
  try {
    const options = {
      target: connection.name,
      occasion: 'audit',
      operator: connection.operator,
      now: context.now(),
      prepared,
    } as const
    const facts = await waiting(context, text('sieht sich um', 'looking'), () => look(connection.session, options))
    const because = withoutRoot[connection.withoutRoot?.code ?? '']
    return { facts, ...(because && { because }), end: connection.end }
  } catch (error) {
    connection.end()
    throw error
  }
}

/** `riegel audit [TARGET]`: look, judge, report. Gives the exit code. */
export const audit = async (context: Context, target: string | undefined): Promise<number> => {
  const { options } = context
  if (options.many('only').length + options.many('skip').length > 0) (await import('./rules.js')).chosenRules(options)
  const threshold = thresholdOf(options)
  const saved = options.one('save-facts')
  checkOutput(saved, '--save-facts')
  if (options.flag('show-script')) return (await import('./show-script.js')).showScript(context, 'audit')
  if (options.one('facts') !== undefined && target !== undefined)
    throw new Trouble(
      'usage',
      text(`Entweder ${target} oder --facts`, `Either ${target} or --facts`),
      text('--facts beurteilt, ohne den Server anzusehen', '--facts judges without looking'),
    )
  const { facts, because, end } = await factsOf(context, target)
  try {
    if (saved !== undefined) writeResult(saved, `${json(facts, 1)}\n`, '--save-facts')
    return (await judging()).verdict(context, target, threshold, facts, because)
  } finally {
    end()
  }
}
