import { hasPassword } from '../model/logins.js'
import type { Plan } from '../model/plan.js'
import { text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { hostOf } from '../report/words.js'
import { carryOut } from '../riegel/carry-out.js'
import type { Sudo } from '../riegel/reach.js'
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
  refused,
  showPlan,
} from './change-server.js'
import { type Chosen, checkOptions, choose } from './choices.js'
import { heldKey } from './choose-key.js'
import type { Context } from './context.js'
import { Dialogue } from './dialogue.js'
import { closing, nothingToDo } from './endings.js'
import type { NewWay } from './host-block.js'
import { leaseOf } from './lease.js'
import { offerSecondFactor } from './next-factor.js'
import { Progress } from './progress.js'
import { chosenRules } from './rules.js'
import { choosePlace, type Drop, needsSecret, type Place, settleSecret } from './secret.js'
import { showScript } from './show-script.js'

/** `riegel harden TARGET`: survey, choices, plan, consent, transaction, report. Gives the exit code. */
export const harden = async (context: Context, target: string | undefined): Promise<number> => {
  const rules = chosenRules(context.options)
  const lease = leaseOf(context)
  await checkOptions(context)
  if (context.options.flag('show-script')) return showScript(context, 'harden')
  if (target === undefined)
    throw new Trouble(
      'local-harden',
      text(
        'Den Rechner, an dem du sitzt, kann Riegel noch nicht absichern',
        'Riegel cannot yet harden the machine you sit at',
      ),
      text(
        'Von einem anderen Rechner aus: riegel harden NAME@SERVER',
        'From another computer: riegel harden user@host',
      ),
    )
  const after: { next?: Next } = {}
  const code = await onServer<Ready>(
    context,
    target,
    { rules, lease },
    {
      prepare: found => prepare(context, found),
      apply: (found, ready) =>
        apply(context, found, ready, next => {
          after.next = next
        }),
    },
  )
  return after.next ? offerSecondFactor(context, after.next.way, after.next.sudo) : code
}

/** A server that is hardened, and that one factor alone opens still. */
interface Next {
  readonly way: NewWay
  readonly sudo: Sudo
}

interface Ready extends Means {
  readonly plan: Plan
  readonly chosen: Chosen
  readonly secret: string
  /** takes the generated password away again where nothing came of it */
  readonly drop: Drop | null
}

/** Everything a person says, before anything is changed: questions, dangers, the plan. Throws Trouble. */
const prepare = async (context: Context, found: Found): Promise<Ready | Over> => {
  const { connection, seen } = found
  // made once: after "change" the same password holds
  let place: Place | null = null
  for (;;) {
    const dialogue = new Dialogue(context)
    const asked = await choose(context, dialogue, connection, seen)
    const first = await draw(context, found, asked.choices)
    if ('refuse' in first) return refused(context, found, first.refuse)
    if (first.plan.items.length === 0) return { code: nothingToDo(context, seen.report, first.plan) }
    if (context.options.flag('plan')) return showPlan(context, found, first)
    const [refusal] = first.refusals
    if (refusal) return refused(context, found, refusal.refuse, refusal.hint)
    const key = asked.key ?? (await heldKey(context, dialogue, seen, asked.choices.account.name))
    if (needsSecret(first.plan.items)) place ??= await choosePlace(context, dialogue)
    const drawn = await consent(context, found, first, 'riegel harden')
    if (drawn === 'change') continue
    if ('code' in drawn) return drawn
    const { plan } = drawn
    const secret = needsSecret(plan.items) ? (place?.password ?? '') : ''
    const means = await meansFor(context, found, drawn, key, secret)
    if ('code' in means) return means
    const owner = { account: plan.choices.account.name, host: hostOf(connection.name) }
    const drop = secret !== '' && place ? await settleSecret(context, place, owner) : null
    return { plan, chosen: { ...asked, key }, secret, drop, ...means }
  }
}

/** The transaction, and what is read when it is over. */
const apply = async (context: Context, found: Found, ready: Ready, goOn: (next: Next) => void): Promise<number> => {
  const { connection, seen } = found
  const { plan, chosen, words, drop, ...rest } = ready
  const id = newId(context.now())
  const progress = new Progress(context, plan, words)
  // from here on Ctrl+C takes back instead of ending at once
  context.hold()
  const result = await carryOut({
    ...found,
    ...rest,
    connection: { ...connection, server: connection.server! },
    plan,
    id,
    identity: chosen.key!.identity!,
    fingerprint: chosen.key!.key.fingerprint,
    proveAlso: context.options.many('prove-also'),
    stop: context.stop,
    now: context.now,
    event: (state, note) => progress.tell(state, note),
  }).finally(() => progress.end())
  const root = seen.sections.accounts.find(account => account.name === 'root')
  return conclude(context, found, id, result, progress, drop, async () => {
    const way = await closing(context, connection, plan, chosen, {
      before: seen.report,
      after: result.after,
      reasons: result.reasons,
      rootPassword: root !== undefined && hasPassword(root),
    })
    const open = result.after?.findings.find(({ rule }) => rule === 'second-factor/ssh')
    const own = open?.problems.some(({ key }) => key === plan.choices.account.name)
    if (open?.verdict === 'fail' && own) goOn({ way, sudo: rest.sudo })
  })
}
