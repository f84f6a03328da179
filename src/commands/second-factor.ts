import { writeFileSync } from 'node:fs'
import type { LoginKey } from '../keys/own.js'
import type { Choices } from '../model/change.js'
import { sshdPorts } from '../model/logins.js'
import type { Plan } from '../model/plan.js'
import type { Rule } from '../model/rule.js'
import { asksForCode } from '../model/second-factor.js'
import { printable } from '../model/shell.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { hostOf } from '../report/words.js'
import { carryOut, installBefore } from '../riegel/carry-out.js'
import { drawPlan } from '../riegel/planning.js'
import type { Sudo } from '../riegel/reach.js'
import { type Survey, select } from '../riegel/survey.js'
import { qrLines, qrSvg } from '../second-factor/qr.js'
import { grouped, isCode, newRecoveryCodes, newSecret, uriOf } from '../second-factor/totp.js'
import { acceptDangers, agree, planWords } from './agree.js'
import { ask, asks, mustAsk } from './ask.js'
import { allowed, mustHaveSeen } from './choices.js'
import { heldKey } from './choose-key.js'
import { codesBy, codesByHand, secretGiven } from './codes.js'
import { type Connection, connect } from './connect.js'
import { badOutput, type Context, checkOutput, deliver, note } from './context.js'
import { Dialogue } from './dialogue.js'
import { notDone, nothingToDo } from './endings.js'
import { mustBeAlone, newId, passphraseFor, seeAgain, showPlan } from './harden.js'
import { targetLine } from './host-block.js'
import { leaseOf } from './lease.js'
import { end, orRefuse, outcomeOf } from './outcome.js'
import { Progress } from './progress.js'
import { checkPlace, type Drop, dropFromVault, showOnce, writeOwn } from './secret.js'
import { sudoFor } from './sudo.js'
import { checkVault, openPlace, put, type VaultPlace } from './vault-place.js'
import { waiting } from './waiting.js'

const trouble = (code: string, words: Text, hint: Text): Trouble => new Trouble(code, words, hint)

/** Codes change every thirty seconds: further off than that, the server refuses right ones. */
const mostDrift = 30

const recoveryOption = '--recovery-codes-file'

/** What can be told without a server. Throws Trouble. */
const checkOptions = async (context: Context): Promise<void> => {
  const { options } = context
  allowed(context)
  secretGiven(context)
  checkPlace(options.one('recovery-codes-file'), recoveryOption)
  checkOutput(options.one('qr-file'), '--qr-file')
  await checkVault(options.one('vault'))
  if (options.flag('hardware-key'))
    throw trouble(
      'not-built',
      text('--hardware-key gibt es noch nicht', '--hardware-key is not built yet'),
      text('Ein Code aus einer App geht: --totp', 'A code from an app works: --totp'),
    )
}

/** `riegel second-factor TARGET`: secret, code, plan, transaction, proof with a real code. Gives the exit code. */
export const secondFactor = async (context: Context, target: string | undefined): Promise<number> => {
  if (target === undefined)
    throw trouble(
      'usage',
      text('Für welchen Server?', 'For which server?'),
      text('riegel second-factor NAME@SERVER', 'riegel second-factor user@host'),
    )
  const lease = leaseOf(context)
  await checkOptions(context)
  const rules = select(['second-factor', 'upkeep/clock-unsynchronised'], [])
  const connection = await connect(context, target)
  try {
    const started = performance.now()
    const seen = await seeAgain(context, connection, rules)
    const loginMs = performance.now() - started
    const ready = await orRefuse(context, seen.report, () => prepare(context, connection, seen, rules, lease))
    return 'code' in ready ? ready.code : await apply(context, connection, seen, { ...ready, rules, lease, loginMs })
  } finally {
    connection.end()
  }
}

interface Enrolled {
  /** base32; never shown but once, never kept */
  readonly secret: string
  readonly recovery: readonly string[]
  /** takes the entry out of the vault again where nothing came of it */
  readonly drop: Drop | null
}

interface Ready extends Enrolled {
  readonly plan: Plan
  readonly key: LoginKey
  readonly words: string
  readonly passphrase?: string
  readonly sudo: Sudo
}

/** Whose second factor it is: the account that logged in, by a key that is here. Throws Trouble. */
const whose = ({ sections }: Survey): string => {
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

/** Server and operator must agree on what time it is. Throws Trouble `clock`. */
const checkClock = ({ facts, sections }: Survey): void => {
  const from = Date.parse(facts.takenAt) / 1000
  const until = from + facts.durationMs / 1000
  const { now } = sections.system
  const off = now + 1 < from ? from - now : now > until + 1 ? now - until : 0
  if (off <= mostDrift) return
  throw trouble(
    'clock',
    text(
      `Die Uhr des Servers geht ${Math.round(off)} s anders als die dieses Rechners`,
      `The server's clock is ${Math.round(off)} s off this computer's`,
    ),
    text('Erst die Uhr: riegel explain clock', 'The clock first: riegel explain clock'),
  )
}

const excepted = (context: Context, { sections }: Survey, own: string): readonly string[] => {
  const names = context.options.many('except')
  const bad = names.find(name => name === own || !sections.accounts.some(account => account.name === name))
  if (bad === undefined) return names
  throw trouble(
    'bad-option',
    text(`--except ${bad}: dieses Konto geht dafür nicht`, `--except ${bad}: that account will not do`),
    text('Ein anderes Konto, das es auf dem Server gibt', 'Another account that is there on the server'),
  )
}

const choicesOf = (context: Context, seen: Survey, name: string): Choices => {
  const { accounts, listeners, sshd, system } = seen.sections
  const home = accounts.find(account => account.name === name)?.home ?? `/home/${name}`
  const ports = sshdPorts(listeners, sshd)
  return {
    account: { name, exists: true, home, keyFile: `${home}/.ssh/authorized_keys` },
    keys: [],
    newPort: 'keep',
    sudo: 'unchanged',
    operator: system.operator,
    operatorAddress: system.connection?.clientAddress ?? '',
    agentKeys: 0,
    ports: { before: ports, after: ports },
    allow: allowed(context),
    secondFactor: context.options.flag('disable')
      ? { accounts: [], except: [] }
      : { accounts: [name], except: excepted(context, seen, name) },
  }
}

const missingCode = { what: text('ein Code aus der App', 'a code from the app'), option: '--totp-secret-file FILE' }

/** Shows a new secret, and asks for a code of it before anything changes. Throws Trouble. */
const enrolApp = async (context: Context, name: string, host: string): Promise<string> => {
  mustAsk(context, missingCode)
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
  const picture = options.flag('no-qr') || file !== undefined ? '' : `\n${qrLines(uri).join('\n')}\n`
  const words =
    context.lang === 'de'
      ? `\nMit der Authenticator-App ${file === undefined ? 'scannen' : `scannen (${file}; danach löschen)`}:\n${picture}\nOder eintippen: ${grouped(secret)}\n`
      : `\nScan with your authenticator app${file === undefined ? '' : ` (${file}; delete it afterwards)`}:\n${picture}\nOr type: ${grouped(secret)}\n`
  // on the alternate screen it does not stay in the scrollback
  const [enter, leave] = context.live ? ['\u001b[?1049h\u001b[H', '\u001b[?1049l'] : ['', '']
  process.stderr.write(`${enter}${words}`)
  try {
    for (let tries = 0; tries < 10; tries++) {
      const question = text('Code aus der App (noch ändert sich nichts): ', 'Code from the app (nothing changes yet): ')
      if (isCode(secret, await ask(context, question, missingCode), Date.now())) return secret
      note(
        context,
        text('Das ist er nicht. Stimmt die Uhr des Telefons?', 'That is not it. Is the clock of the phone right?'),
      )
    }
  } finally {
    process.stderr.write(leave)
  }
  throw trouble(
    'no-code',
    text('Kein Code stimmte; nichts wurde geändert', 'No code was right; nothing was changed'),
    text('Uhr des Telefons stellen, dann noch einmal', 'Set the clock of the phone, then again'),
  )
}

/** Recovery codes: shown once, the last of them typed back, or into a file once the plan is accepted. Throws Trouble. */
const showRecovery = async (context: Context, codes: readonly string[]): Promise<void> => {
  const { options } = context
  if (options.one('recovery-codes-file') !== undefined || options.one('vault') !== undefined) return
  const missing = {
    what: text('ein Ort für die Notfallcodes', 'a place for the recovery codes'),
    option: `${recoveryOption} FILE`,
  }
  mustAsk(context, missing)
  const list = codes.map(grouped).join('   ')
  const shown = await showOnce(context, {
    words: text(
      `Notfallcodes, jeder gilt einmal. In den Passwort-Manager damit:\n\n    ${list}\n\n`,
      `Recovery codes, each counts once. Into your password manager:\n\n    ${list}\n\n`,
    ),
    question: text('Zur Probe die letzten vier Ziffern: ', 'To be sure, the last four digits: '),
    answer: codes.at(-1)!.slice(-4),
    wrong: text('Das sind sie nicht.', 'That is not it.'),
    missing,
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

const enrol = async (context: Context, connection: Connection, name: string): Promise<Omit<Enrolled, 'drop'>> => {
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

/** Everything a person says and scans, before anything is changed. Throws Trouble. */
const prepare = async (
  context: Context,
  connection: Connection,
  seen: Survey,
  rules: readonly Rule[],
  lease: number,
): Promise<Ready | { readonly code: number }> => {
  const { options } = context
  if (connection.withoutRoot) throw connection.withoutRoot
  await mustBeAlone(connection)
  mustHaveSeen(seen)
  const name = whose(seen)
  checkClock(seen)
  const refuse = (reason: Text, hint?: Text) => ({
    code: end(context, outcomeOf('refused', reason, seen.report), hint),
  })
  const draw = (choices: Choices) =>
    waiting(context, text('macht den Plan', 'making the plan'), () =>
      drawPlan(connection.session, seen, choices, rules),
    )
  const choices = choicesOf(context, seen, name)
  const off = options.flag('disable')
  if (off && !asksForCode(seen.sections.effective, name))
    return { code: end(context, outcomeOf('nothing-to-do', null, seen.report)) }
  let drawn = await draw(choices)
  if ('refuse' in drawn) return refuse(drawn.refuse)
  if (drawn.plan.items.length === 0) return { code: nothingToDo(context, seen.report, drawn.plan) }
  if (options.flag('plan')) return { code: showPlan(context, seen, drawn, lease) }
  const open = drawn.plan.leftOpen.find(({ rule }) => rule === 'second-factor/ssh')
  if (open && !off)
    return refuse(open.because, text('Von Hand: riegel explain second-factor', 'By hand: riegel explain second-factor'))
  const [refusal] = drawn.refusals
  if (refusal) return refuse(refusal.refuse, refusal.hint)
  const dialogue = new Dialogue(context)
  const key = await heldKey(context, dialogue, seen, name)
  const vault = options.one('vault')
  const place = vault === undefined || off ? null : await openPlace(context, vault)
  const { secret, recovery } = off ? { secret: '', recovery: [] } : await enrol(context, connection, name)
  const dangers = await acceptDangers(context, drawn.plan)
  if ('refuse' in dangers) return refuse(dangers.refuse, dangers.hint)
  if (dangers.allow.length > choices.allow.length) {
    drawn = await draw({ ...choices, allow: dangers.allow })
    if ('refuse' in drawn) return refuse(drawn.refuse)
  }
  const { plan } = drawn
  const digest = options.one('plan-digest')
  if (digest !== undefined && digest !== plan.digest)
    return refuse(
      text('Das ist nicht der Plan, dem du zugestimmt hast', 'This is not the plan that was approved'),
      text(
        'Neuen Plan ansehen: riegel second-factor ZIEL --plan',
        'See the new plan: riegel second-factor TARGET --plan',
      ),
    )
  if ((await agree(context, seen, drawn, lease)) !== 'yes') return refuse(text('Nicht zugestimmt', 'Refused by you'))
  const passphrase = await passphraseFor(context, { choices, key }, connection.server!.folder)
  const sudo = await sudoFor(context, connection, seen, plan, '')
  const failed = await waiting(context, text('installiert, was fehlt', 'installing what is missing'), () =>
    installBefore(connection.session, plan),
  )
  if (failed !== null) return refuse(failed)
  const file = options.one('recovery-codes-file')
  if (file !== undefined && !off) writeOwn(file, `${recovery.join('\n')}\n`, recoveryOption)
  const drop = place && (await intoVault(context, place, connection, name, secret, recovery))
  const words = options.flag('yes') ? planWords(context, seen, drawn, lease) : ''
  return { plan, key, words, secret, recovery, drop, sudo, ...(passphrase !== undefined && { passphrase }) }
}

type Apply = Ready & { readonly rules: readonly Rule[]; readonly lease: number; readonly loginMs: number }

/** The transaction, with logins by key and code for its proofs. */
const apply = async (context: Context, connection: Connection, seen: Survey, work: Apply): Promise<number> => {
  const { plan, key, words, secret, recovery, drop, ...rest } = work
  const id = newId(context.now())
  const off = secret === ''
  const codes = asks(context) && secretGiven(context) === null ? codesByHand(context) : codesBy(context, secret)
  const went = off
    ? text('der Schlüssel genügt wieder', 'a key alone does again')
    : text('Schlüssel allein genügt nicht mehr', 'a key alone no longer does')
  const progress = new Progress(context, plan, words, went)
  context.hold()
  const result = await carryOut({
    ...rest,
    connection: { ...connection, server: connection.server! },
    seen,
    plan,
    id,
    secret: off ? '' : [secret, ...recovery].join(' '),
    code: off ? connection.code : () => codes.next(),
    identity: key.identity!,
    fingerprint: key.key.fingerprint,
    proveAlso: [],
    stop: context.stop,
    now: context.now,
    event: (state, said) => progress.tell(state, said),
  }).finally(() => progress.end())
  const { ending } = result
  if (['refused', 'rolled-back'].includes(ending.state)) await drop?.()
  const outcome = outcomeOf(ending.state, ending.reason, seen.report, {
    transaction: ending.state === 'refused' ? null : id,
    after: result.after,
    steps: progress.steps,
  })
  if (ending.state === 'confirmed') {
    for (const said of ending.notes) note(context, text(`  ${said.de}`, `  ${said.en}`))
    if (context.format === 'terminal') {
      const way = targetLine(connection, plan, { choices: plan.choices, key })
      const says = off
        ? text(
            `\nZum Anmelden genügt wieder der Schlüssel:\n\n    ssh ${way}\n\nDas Secret liegt noch auf dem Server und bewirkt nichts. Wieder einschalten: riegel second-factor ${way}`,
            `\nLogging in takes the key alone again:\n\n    ssh ${way}\n\nThe secret is still on the server and does nothing. Switch it on again: riegel second-factor ${way}`,
          )
        : text(
            `\nZum Anmelden braucht es jetzt Schlüssel und Code:\n\n    ssh ${way}\n\nTelefon verloren? Ein Notfallcode statt des Codes. Neues Telefon: riegel second-factor ${way}\nAbschalten: riegel second-factor --disable ${way}`,
            `\nLogging in now takes key and code:\n\n    ssh ${way}\n\nPhone lost? A recovery code instead of the code. New phone: riegel second-factor ${way}\nSwitch it off: riegel second-factor --disable ${way}`,
          )
      deliver(context, printable(says[context.lang]))
    }
  } else if (ending.state !== 'refused' && context.format === 'terminal')
    notDone(context, connection.name, ending.state, ending.reason, ending.hint, id, result.after !== null)
  return end(context, outcome, ending.hint)
}
