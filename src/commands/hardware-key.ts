import { type LoginKey, usableKeys } from '../keys/own.js'
import { mustKnowPins } from '../keys/security-key.js'
import type { Plan } from '../model/plan.js'
import { sshdAsksForCode } from '../model/second-factor.js'
import { isSecurityType } from '../model/security-key.js'
import { printable } from '../model/shell.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { carryOut } from '../riegel/carry-out.js'
import { type Survey, select } from '../riegel/survey.js'
import {
  conclude,
  consent,
  draw,
  type Found,
  type Means,
  meansFor,
  newId,
  type Over,
  onServer,
  openKey,
  refused,
  showPlan,
} from './change-server.js'
import { allowed, mustHaveSeen } from './choices.js'
import { givenIdentities } from './choose-key.js'
import { type Context, deliver, note } from './context.js'
import { Dialogue } from './dialogue.js'
import { nothingToDo } from './endings.js'
import { choicesOf, whose } from './factor-choices.js'
import { targetLine } from './host-block.js'
import { Progress } from './progress.js'
import { chooseSecurityKey, namedSecurityKey } from './security-key.js'

/** Options that are about codes: they would do nothing here. */
const ofCodes = ['totp', 'no-qr'] as const
const withFiles = ['recovery-codes-file', 'vault', 'qr-file', 'totp-secret-file'] as const

/** What can be told without a server. Throws Trouble. */
const checkOptions = async (context: Context): Promise<void> => {
  const { options } = context
  allowed(context)
  const other = [...ofCodes.filter(name => options.flag(name)), ...withFiles.filter(name => options.one(name))][0]
  if (other !== undefined)
    throw new Trouble(
      'bad-option',
      text(
        `--${other} gehört zu einem Code, nicht zu --hardware-key`,
        `--${other} belongs to a code, not to --hardware-key`,
      ),
      text('Das eine oder das andere', 'One or the other'),
    )
  mustKnowPins()
  await namedSecurityKey(context)
}

interface Ready extends Means {
  readonly plan: Plan
  readonly key: LoginKey
  /** ordinary keys of the account that are here: they must be refused in the end */
  readonly shut: readonly { readonly path: string; readonly fingerprint: string }[]
}

/** `riegel second-factor TARGET --hardware-key`: key, touch, plan, transaction, proof by real logins. Gives the exit code. */
export const hardwareKey = async (context: Context, target: string, lease: number): Promise<number> => {
  await checkOptions(context)
  return onServer<Ready>(
    context,
    target,
    { rules: select(['second-factor'], []), lease },
    { prepare: found => prepare(context, found), apply: (found, ready) => apply(context, found, ready) },
  )
}

const ordinaryKeys = async (context: Context, { sections }: Survey, name: string): Promise<Ready['shut']> => {
  const authorized = sections.loginKeys.keys.filter(key => key.account === name).map(key => key.fingerprint)
  return (await usableKeys(givenIdentities(context)))
    .filter(({ key }) => !isSecurityType(key.type) && authorized.includes(key.fingerprint))
    .map(({ identity, key }) => ({ path: identity!, fingerprint: key.fingerprint }))
}

/** Everything a person says and touches, before anything is changed. Throws Trouble. */
const prepare = async (context: Context, found: Found): Promise<Ready | Over> => {
  const { connection, seen } = found
  mustHaveSeen(seen)
  const name = whose(seen)
  const { effective } = seen.sections
  if (sshdAsksForCode(effective, name))
    return refused(
      context,
      found,
      text(`${name} meldet sich schon mit einem Code an`, `${name} logs in with a code already`),
      text(
        'Erst abschalten: riegel second-factor --disable ZIEL',
        'Switch it off first: riegel second-factor --disable TARGET',
      ),
    )
  const choices = choicesOf(context, seen, name, 'security-key')
  // nobody makes a key for a plan that is refused
  const first = await draw(context, found, choices)
  if ('refuse' in first) return refused(context, found, first.refuse)
  const [early] = first.refusals
  if (early && !context.options.flag('plan')) return refused(context, found, early.refuse, early.hint)
  const key = await chooseSecurityKey(context, new Dialogue(context), connection.server!)
  const drawn = await draw(context, found, { ...choices, keys: [key.line] })
  if ('refuse' in drawn) return refused(context, found, drawn.refuse)
  if (drawn.plan.items.length === 0) return { code: nothingToDo(context, seen.report, drawn.plan) }
  if (context.options.flag('plan')) return showPlan(context, found, drawn)
  const [refusal] = drawn.refusals
  if (refusal) return refused(context, found, refusal.refuse, refusal.hint)
  note(
    context,
    text(
      'Berührt wird er dreimal: jetzt zur Probe, dann für die beiden Anmeldungen, die ihn beweisen.',
      'It is touched three times: now, to try it, then for the two logins that prove it.',
    ),
  )
  const opened = await openKey(context, found, key, true)
  const agreed = await consent(context, found, drawn, 'riegel second-factor --hardware-key')
  // there is no question that could be answered otherwise
  if (agreed === 'change') return refused(context, found, text('Nicht zugestimmt', 'Refused by you'))
  if ('code' in agreed) return agreed
  const means = await meansFor(context, found, agreed, key, '', opened)
  if ('code' in means) return means
  return { plan: agreed.plan, key, shut: await ordinaryKeys(context, seen, name), ...means }
}

/** The transaction, with logins by the security key for its proofs. */
const apply = async (context: Context, found: Found, ready: Ready): Promise<number> => {
  const { connection } = found
  const { plan, key, words, ...rest } = ready
  const id = newId(context.now())
  const went = text('andere Schlüssel dieses Kontos gelten nicht mehr', 'other keys of this account no longer count')
  const progress = new Progress(context, plan, words, went)
  context.hold()
  const result = await carryOut({
    ...found,
    ...rest,
    connection: { ...connection, server: connection.server! },
    plan,
    id,
    secret: '',
    identity: key.identity!,
    fingerprint: key.key.fingerprint,
    proveAlso: [],
    stop: context.stop,
    now: context.now,
    event: (state, said) => progress.tell(state, said),
  }).finally(() => progress.end())
  return conclude(context, found, id, result, progress, null, () => {
    const way = targetLine(connection, plan, { choices: plan.choices, key })
    const says = text(
      `\nZum Anmelden braucht es jetzt den Sicherheitsschlüssel, seine PIN und eine Berührung:\n\n    ssh ${way}\n\nGeht er verloren, bleibt nur die Konsole deines Anbieters. Darum noch einen zweiten eintragen:\n    riegel second-factor --hardware-key ${way}\nAbschalten:\n    riegel second-factor --disable ${way}`,
      `\nLogging in now takes the security key, its PIN and a touch:\n\n    ssh ${way}\n\nShould it get lost, only your provider's console is left. So add a second one as well:\n    riegel second-factor --hardware-key ${way}\nSwitch it off:\n    riegel second-factor --disable ${way}`,
    )
    deliver(context, printable(says[context.lang]))
  })
}
