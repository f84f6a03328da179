import { rmSync, writeFileSync } from 'node:fs'
import type { LoginKey } from '../keys/own.js'
import type { Plan } from '../model/plan.js'
import { sshdAsksForCode } from '../model/second-factor.js'
import { needsSecurityKey } from '../model/security-key.js'
import { printable, printableLine } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { hostOf } from '../report/words.js'
import { carryOut } from '../riegel/carry-out.js'
import { drift } from '../riegel/look.js'
import { type Survey, select } from '../riegel/survey.js'
import { qrLines, qrSvg } from '../second-factor/qr.js'
import { grouped, isCode, newRecoveryCodes, newSecret, period, uriOf } from '../second-factor/totp.js'
import { asks, mustAsk } from './ask.js'
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
import { allowed, mustHaveSeen } from './choices.js'
import { heldKey } from './choose-key.js'
import { codesBy, codesByHand, missingCode, secretGiven } from './codes.js'
import type { Connection } from './connect.js'
import { badOutput, type Context, checkOutput, deliver, note } from './context.js'
import { Dialogue } from './dialogue.js'
import { nothingToDo } from './endings.js'
import { choicesOf, whose } from './factor-choices.js'
import { targetLine } from './host-block.js'
import { leaseOf } from './lease.js'
import { end, outcomeOf } from './outcome.js'
import { Progress } from './progress.js'
import { checkPlace, type Drop, dropFromVault, pictureLeft, showOnce, writeOwn } from './secret.js'
import { checkVault, openPlace, put, type VaultPlace } from './vault-place.js'

const trouble = (code: string, words: Text, hint: Text): Trouble => new Trouble(code, words, hint)

const recoveryOption = '--recovery-codes-file'

/** What can be told without a server. Throws Trouble. */
const checkOptions = async (context: Context): Promise<void> => {
  const { options } = context
  allowed(context)
  secretGiven(context)
  checkPlace(options.one('recovery-codes-file'), recoveryOption)
  checkOutput(options.one('qr-file'), '--qr-file')
  await checkVault(options.one('vault'))
  if (options.many('key').length > 0)
    throw trouble(
      'bad-option',
      text('--key gehört zu --hardware-key', '--key belongs to --hardware-key'),
      text('Ein Code aus einer App kommt zu jedem Schlüssel dazu', 'A code from an app comes beside any key'),
    )
}

/**
 * `riegel second-factor TARGET`: secret, code, plan, transaction, proof with a real code. Gives the exit code.
 * `sudoPassword`: of the account there, where it is known already.
 */
export const secondFactor = async (
  context: Context,
  target: string | undefined,
  sudoPassword?: string,
): Promise<number> => {
  if (target === undefined)
    throw trouble(
      'usage',
      text('Für welchen Server?', 'For which server?'),
      text('riegel second-factor NAME@SERVER', 'riegel second-factor user@host'),
    )
  const lease = leaseOf(context)
  if (context.options.flag('hardware-key') && !context.options.flag('disable'))
    return (await import('./hardware-key.js')).hardwareKey(context, target, lease)
  await checkOptions(context)
  const rules = select(['second-factor', 'upkeep/clock-unsynchronised'], [])
  const remind = pictureLeft(context, context.options.one('qr-file'))
  return onServer<Ready>(
    context,
    target,
    { rules, lease, ...(sudoPassword !== undefined && { sudoPassword }) },
    { prepare: found => prepare(context, found), apply: (found, ready) => apply(context, found, ready) },
  ).finally(remind)
}

interface Enrolled {
  /** base32; never shown but once, never kept */
  readonly secret: string
  readonly recovery: readonly string[]
}

interface Ready extends Enrolled, Means {
  readonly plan: Plan
  readonly key: LoginKey
  /** takes what was written down away again where nothing came of it */
  readonly drop: Drop | null
}

/** Server and operator must agree on what time it is. Throws Trouble `clock`. */
const checkClock = ({ facts, sections }: Survey): void => {
  const from = new Date(facts.takenAt)
  const to = new Date(from.getTime() + facts.durationMs)
  const off = Math.abs(drift(sections.system.now, from, to))
  if (off <= period) return
  throw trouble(
    'clock',
    text(
      `Die Uhr des Servers geht ${off} s anders als die dieses Rechners`,
      `The server's clock is ${off} s off this computer's`,
    ),
    text('Erst die Uhr: riegel explain clock', 'The clock first: riegel explain clock'),
  )
}

/** Shows a new secret, and asks for a code of it before anything changes. Throws Trouble. */
const enrolApp = async (context: Context, name: string, host: string): Promise<string> => {
  const secret = newSecret()
  const uri = uriOf(secret, name, host)
  const { options } = context
  const file = options.one('qr-file')
  if (file !== undefined)
    try {
      writeFileSync(file, qrSvg(uri), { mode: 0o600, flag: 'wx' })
    } catch {
      throw badOutput(file, '--qr-file')
    }
  const picture = options.flag('no-qr') || file !== undefined ? '' : `${qrLines(uri).join('\n')}\n`
  const shownName = file === undefined ? '' : printableLine(file)
  const where =
    file === undefined ? text('', '') : text(` (${shownName}; danach löschen)`, ` (${shownName}; delete it afterwards)`)
  const shown = await showOnce(context, {
    words: text(
      `Mit der Authenticator-App scannen${where.de}:\n${picture}Oder eintippen: ${grouped(secret)}\n`,
      `Scan with your authenticator app${where.en}:\n${picture}Or type: ${grouped(secret)}\n`,
    ),
    question: text('Code aus der App (noch ändert sich nichts): ', 'Code from the app (nothing changes yet): '),
    fits: answer => isCode(secret, answer, Date.now()),
    wrong: text('Das ist er nicht. Stimmt die Uhr des Telefons?', 'That is not it. Is the clock of the phone right?'),
    missing: missingCode,
  })
  if (shown) return secret
  throw trouble(
    'no-code',
    text('Kein Code stimmte; nichts wurde geändert', 'No code was right; nothing was changed'),
    text('Uhr des Telefons stellen, dann noch einmal', 'Set the clock of the phone, then again'),
  )
}

const missingPlace = {
  what: text('ein Ort für die Notfallcodes', 'a place for the recovery codes'),
  option: `${recoveryOption} FILE`,
}
const hasPlace = ({ options }: Context): boolean =>
  options.one('recovery-codes-file') !== undefined || options.one('vault') !== undefined

/** Recovery codes: shown once, the last of them typed back, or into a file once the plan is accepted. Throws Trouble. */
const showRecovery = async (context: Context, codes: readonly string[]): Promise<void> => {
  if (hasPlace(context)) return
  const list = codes.map(grouped).join('   ')
  const shown = await showOnce(context, {
    words: text(
      `Notfallcodes, jeder gilt einmal. In den Passwort-Manager damit:\n\n    ${list}\n\n`,
      `Recovery codes, each counts once. Into your password manager:\n\n    ${list}\n\n`,
    ),
    question: text('Zur Probe die letzten vier Ziffern: ', 'To be sure, the last four digits: '),
    fits: answer => answer === codes.at(-1)!.slice(-4),
    wrong: text('Das sind sie nicht.', 'That is not it.'),
    missing: missingPlace,
  })
  if (shown) return
  throw trouble(
    'no-place',
    text(
      'Die letzten Ziffern stimmen nicht; nichts wurde geändert',
      'The last digits are not right; nothing was changed',
    ),
    text(`Noch einmal, oder ${recoveryOption} FILE`, `Again, or ${recoveryOption} FILE`),
  )
}

const enrol = async (context: Context, connection: Connection, name: string): Promise<Enrolled> => {
  const secret = secretGiven(context) ?? (await enrolApp(context, name, connection.server!.address.host))
  const recovery = newRecoveryCodes()
  await showRecovery(context, recovery)
  return { secret, recovery }
}

/** Secret and recovery codes into an entry of their own, as KeePassXC reads them; gives the way back. Throws Trouble. */
const intoVault = async (
  context: Context,
  place: VaultPlace,
  { name: target }: Connection,
  account: string,
  secret: string,
  recovery: readonly string[],
): Promise<Drop> => {
  const host = hostOf(target)
  const codes = recovery.map(grouped).join('\n')
  const id = await put(context, place, {
    title: text(`Zweiter Faktor, ${host}`, `second factor, ${host}`)[context.lang],
    user: account,
    password: '',
    url: `ssh://${account}@${host}`,
    notes: `${text('Notfallcodes, jeder gilt einmal:', 'Recovery codes, each counts once:')[context.lang]}\n${codes}`,
    otp: `${uriOf(secret, account, host)}&period=30&digits=6`,
  })
  return dropFromVault(context, place, id)
}

/** Into the places that were named, before the guard is armed; gives the way back. Throws Trouble. */
const settle = async (
  context: Context,
  place: VaultPlace | null,
  connection: Connection,
  account: string,
  { secret, recovery }: Enrolled,
): Promise<Drop> => {
  const file = context.options.one('recovery-codes-file')
  const drop = place && (await intoVault(context, place, connection, account, secret, recovery))
  try {
    if (file !== undefined) writeOwn(file, `${recovery.join('\n')}\n`, recoveryOption)
  } catch (error) {
    // codes that count nowhere are kept nowhere
    await drop?.()
    throw error
  }
  return async () => {
    if (file !== undefined) rmSync(file, { force: true })
    await drop?.()
  }
}

/** It is switched off already. */
const alreadyOff = (context: Context, { seen }: Found): Over => {
  const words = text('Nach einem zweiten Faktor wird hier nicht gefragt.', 'No second factor is asked for here.')
  if (context.format === 'terminal' && !context.quiet) deliver(context, words[context.lang])
  return { code: end(context, outcomeOf('nothing-to-do', null, seen.report)) }
}

/** Everything a person says and scans, before anything is changed. Throws Trouble. */
const prepare = async (context: Context, found: Found): Promise<Ready | Over> => {
  const { options } = context
  const { connection, seen } = found
  mustHaveSeen(seen)
  const name = whose(seen)
  checkClock(seen)
  const off = options.flag('disable')
  const { effective } = seen.sections
  const touched = needsSecurityKey(effective, name)
  if (off && !touched && !sshdAsksForCode(effective, name)) return alreadyOff(context, found)
  if (touched && !off)
    return refused(
      context,
      found,
      text(
        `${name} meldet sich schon mit einem Sicherheitsschlüssel an`,
        `${name} logs in with a security key already`,
      ),
      text(
        'Erst abschalten: riegel second-factor --disable ZIEL',
        'Switch it off first: riegel second-factor --disable TARGET',
      ),
    )
  const first = await draw(context, found, choicesOf(context, seen, name, touched ? 'security-key' : undefined))
  if ('refuse' in first) return refused(context, found, first.refuse)
  if (first.plan.items.length === 0) return { code: nothingToDo(context, seen.report, first.plan) }
  if (options.flag('plan')) return showPlan(context, found, first)
  const byHand = text('Von Hand: riegel explain second-factor', 'By hand: riegel explain second-factor')
  const open = first.plan.leftOpen.find(({ rule }) => rule === 'second-factor/ssh')
  if (open && !off) return refused(context, found, open.because, byHand)
  const [refusal] = first.refusals
  if (refusal) return refused(context, found, refusal.refuse, refusal.hint)
  if (!off && secretGiven(context) === null) mustAsk(context, missingCode)
  if (!off && !hasPlace(context)) mustAsk(context, missingPlace)
  const key = await heldKey(context, new Dialogue(context), seen, name)
  const vault = options.one('vault')
  const place = vault === undefined || off ? null : await openPlace(context, vault)
  if (!off)
    note(
      context,
      text(
        'Zum Anmelden braucht es künftig Schlüssel und Code. Die Uhr des Servers geht richtig.',
        "Logging in will take key and code. The server's clock is right.",
      ),
    )
  const enrolled = off ? { secret: '', recovery: [] } : await enrol(context, connection, name)
  const drawn = await consent(context, found, first, 'riegel second-factor')
  // there is no question that could be answered otherwise
  if (drawn === 'change') return refused(context, found, text('Nicht zugestimmt', 'Refused by you'))
  if ('code' in drawn) return drawn
  const means = await meansFor(context, found, drawn, key, '')
  if ('code' in means) return means
  const drop = off ? null : await settle(context, place, connection, name, enrolled)
  return { plan: drawn.plan, key, drop, ...enrolled, ...means }
}

/** The transaction, with logins by key and code for its proofs. */
const apply = async (context: Context, found: Found, ready: Ready): Promise<number> => {
  const { connection } = found
  const { plan, key, words, secret, recovery, drop, ...rest } = ready
  const id = newId(context.now())
  const off = secret === ''
  const codes = asks(context) && secretGiven(context) === null ? codesByHand(context) : codesBy(context, secret)
  const went = off
    ? text('der Schlüssel genügt wieder', 'a key alone does again')
    : text('Schlüssel allein genügt nicht mehr', 'a key alone no longer does')
  const progress = new Progress(context, plan, words, went)
  context.hold()
  const result = await carryOut({
    ...found,
    ...rest,
    connection: { ...connection, server: connection.server! },
    plan,
    id,
    secret: off ? '' : [secret, ...recovery].join(' '),
    // a security key comes in without one
    ...(!ready.touched && { code: off ? connection.code : () => codes.next() }),
    identity: key.identity!,
    fingerprint: key.key.fingerprint,
    proveAlso: [],
    stop: context.stop,
    now: context.now,
    event: (state, said) => progress.tell(state, said),
  }).finally(() => progress.end())
  return conclude(context, found, id, result, progress, drop, () => {
    const way = targetLine(connection, plan, { choices: plan.choices, key })
    const says = ready.touched
      ? text(
          `\nZum Anmelden genügt wieder jeder eingetragene Schlüssel; der Sicherheitsschlüssel bleibt einer davon:\n\n    ssh ${way}\n\nWieder einschalten:\n    riegel second-factor --hardware-key ${way}`,
          `\nAny authorized key does again; the security key stays one of them:\n\n    ssh ${way}\n\nSwitch it on again:\n    riegel second-factor --hardware-key ${way}`,
        )
      : off
        ? text(
            `\nZum Anmelden genügt wieder der Schlüssel:\n\n    ssh ${way}\n\nDas Secret liegt noch auf dem Server und bewirkt nichts. Wieder einschalten:\n    riegel second-factor ${way}`,
            `\nLogging in takes the key alone again:\n\n    ssh ${way}\n\nThe secret is still on the server and does nothing. Switch it on again:\n    riegel second-factor ${way}`,
          )
        : text(
            `\nZum Anmelden braucht es jetzt Schlüssel und Code:\n\n    ssh ${way}\n\nTelefon verloren? Ein Notfallcode statt des Codes, dann ein neues Secret:\n    riegel second-factor ${way}\nAbschalten:\n    riegel second-factor --disable ${way}`,
            `\nLogging in now takes key and code:\n\n    ssh ${way}\n\nPhone lost? A recovery code instead of the code, then a new secret:\n    riegel second-factor ${way}\nSwitch it off:\n    riegel second-factor --disable ${way}`,
          )
    deliver(context, printable(says[context.lang]))
  })
}
