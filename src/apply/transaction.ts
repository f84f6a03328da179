import type { WireFacts } from '../model/facts.js'
import type { Plan } from '../model/plan.js'
import type { OutcomeState } from '../model/report.js'
import { isAskingForCode } from '../model/second-factor.js'
import { printableLine } from '../model/shell.js'
import { Lost, type RunResult, type Session } from '../model/target.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import {
  type Answer,
  lacksOnlyCode,
  lacksOnlyPerson,
  prove,
  readAsRoot,
  type Sudo,
  unattended,
  type Way,
} from '../target/proof.js'
import type { Server } from '../target/ssh.js'
import { type Seen, seenIn, steps, tells } from './protocol.js'
import {
  abandoning,
  arming,
  confirming,
  marking,
  reading,
  refusals,
  renewing,
  running,
  split,
  staging,
  type Terms,
  trialStart,
  trialStop,
  undoing,
} from './scripts.js'

export interface Work {
  readonly server: Server
  readonly session: Session
  readonly plan: Plan
  readonly terms: Terms
  /** a generated sudo password, or empty */
  readonly secret: string
  /** the way in that will be relied on, over the port that stays */
  readonly way: Way
  readonly sudo: Sudo
  /** ways of the same account that must be refused in the end; the first is tried */
  readonly shut: readonly Way[]
  /** address families that answered before; undefined where ssh alone knows the way (a jump host) */
  readonly families: readonly (Way['family'] | undefined)[]
  /** the key that will be tried for root: only where root accepted that very key in this run; else it is not tried */
  readonly rootAccepted: boolean
  /** no failure on purpose: a guard on the server could shut the operator out for it */
  readonly mayFail: boolean
  /** milliseconds one proof may take: measured, sudo without DNS takes 20 s */
  readonly patience: number
  readonly stop: AbortSignal
  /** a rule that the staged configuration would not satisfy, named; null = fine */
  predict(): Promise<Text | null>
  /** a rule that does not pass after narrowing, read back from the server; null = fine */
  verify(wire: WireFacts | null): Promise<Text | null>
  /** what must still answer (`--prove-also`); null = fine */
  alsoAnswers(): Promise<Text | null>
  event(state: string, note?: Text): void
}

export interface Ending {
  readonly state: OutcomeState
  readonly reason: Text | null
  readonly hint?: Text
  /** what the wire showed at the last proof */
  readonly wire: WireFacts | null
  /** said at the end: what could not be tried, and why */
  readonly notes: readonly Text[]
}

/** A step that failed after the guard was armed: everything is taken back. */
class Failed extends Error {
  readonly text: Text
  readonly hint: Text | undefined
  constructor(words: Text, hint?: Text) {
    super(words.en)
    this.text = words
    this.hint = hint
  }
}

const said = (result: RunResult): string =>
  printableLine(
    result.output
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^riegel: /, '') ?? '',
  ).slice(0, 300)

const refusalOf = (result: RunResult): { reason: Text; hint: Text } => {
  const words = result.output.trim().split('\n').at(-1) ?? ''
  switch (result.status) {
    case refusals.held: {
      const [, since = '', from = ''] = words.split(' ')
      const time = /^\d{1,11}$/.test(since) ? new Date(Number(since) * 1000).toISOString().slice(11, 16) : '?'
      const where = printableLine(from) || '?'
      return {
        reason: text(
          `Riegel arbeitet dort schon (seit ${time} UTC, von ${where})`,
          `Riegel is already at work there (since ${time} UTC, from ${where})`,
        ),
        hint: text('Warten oder: riegel history', 'Wait, or: riegel history'),
      }
    }
    case refusals.space:
      return {
        reason: text(
          `Kein Platz mehr auf dem Server (${printableLine(words)})`,
          `No space left on the server (${printableLine(words)})`,
        ),
        hint: text('Erst Platz schaffen; 4 MiB genügen', 'Make room first; 4 MiB are enough'),
      }
    case refusals.readOnly:
      return {
        reason: text(
          `${printableLine(words)} lässt sich auf dem Server nicht schreiben`,
          `${printableLine(words)} cannot be written on the server`,
        ),
        hint: text(
          'mount zeigt, ob es schreibgeschützt eingehängt ist (ro)',
          'mount shows whether it is mounted read-only (ro)',
        ),
      }
    case refusals.stale:
      return {
        reason: text(
          `Seit dem Plan geändert: ${printableLine(words)}`,
          `Changed since the plan: ${printableLine(words)}`,
        ),
        hint: text('Noch einmal starten; Riegel plant dann neu', 'Again, for a new plan'),
      }
    default:
      return {
        reason: text(`Die Vorbereitung ist fehlgeschlagen: ${said(result)}`, `Could not prepare: ${said(result)}`),
        hint: text('Auf dem Server wurde nichts geändert', 'Nothing was changed on the server'),
      }
  }
}

const whyNot = (answer: Answer): string => (answer.answer === 'none' ? printableLine(answer.why) : answer.answer)

/** Why a proof did not succeed, as one line and what usually helps. */
const unproven = (answer: Answer, way: Way): Failed => {
  const port = way.port
  switch (answer.answer) {
    case 'in':
      return new Failed(
        text(
          `${way.user} kommt hinein, wird aber nicht root: ${printableLine(answer.said)}`,
          `${way.user} gets in, but does not become root: ${printableLine(answer.said)}`,
        ),
      )
    case 'refused':
      if (way.touched)
        return new Failed(
          text(
            `Der Server nimmt den Sicherheitsschlüssel für ${way.user} nicht an, oder er hat nicht unterschrieben`,
            `The server does not take the security key for ${way.user}, or it did not sign`,
          ),
          text('Steckt er? PIN richtig? Berührt?', 'Is it plugged in? Its PIN right? Touched?'),
        )
      if (way.code !== undefined)
        return new Failed(
          text(
            `Der Server nimmt Schlüssel und Code für ${way.user} nicht an`,
            `The server does not take key and code for ${way.user}`,
          ),
          text(
            'Geht die Uhr des Telefons richtig? Jeder Code gilt nur einmal',
            'Is the clock of the phone right? Each code counts only once',
          ),
        )
      return new Failed(
        text(
          `Der Server nimmt den Schlüssel für ${way.user} auf Port ${port} nicht an`,
          `The server does not take the key for ${way.user} on port ${port}`,
        ),
      )
    default:
      // a banner has come: it is no filter that is in the way
      if (answer.log.banner !== '')
        return new Failed(
          text(
            `Auf Port ${port} antwortet der Server, ${way.user} kommt aber nicht hinein: ${whyNot(answer)}`,
            `The server answers on port ${port}, but ${way.user} does not get in: ${whyNot(answer)}`,
          ),
          text(
            'Warum, steht auf dem Server: journalctl -u ssh -n 20 (oft PAM oder die Login-Shell)',
            'The server says why: journalctl -u ssh -n 20 (often PAM or the login shell)',
          ),
        )
      return new Failed(
        text(
          `Port ${port} antwortet von hier nicht; auf dem Server lauscht er`,
          `Port ${port} does not answer from here; on the server it listens`,
        ),
        text(
          `Etwas lässt Port ${port} nicht zum Server durch, meist die Firewall deines Anbieters. Dort eingehend TCP ${port} freigeben, dann noch einmal mit --new-port ${port}; oder auf dem alten bleiben: --new-port keep`,
          `Something does not let port ${port} through to the server, mostly your provider's firewall. Allow TCP ${port} inbound there, then again with --new-port ${port}; or stay on the old one: --new-port keep`,
        ),
      )
  }
}

const fingerprintOf = ({ identity }: Way): string =>
  typeof identity === 'object' && identity !== null ? identity.fingerprint : ''

const wireOf = (answer: Answer): WireFacts => ({
  banner: answer.log.banner,
  methods: answer.log.methods,
  port: answer.log.port,
  address: answer.log.address,
})

const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/**
 * The whole protocol of transaction.md, seen from the operator's side: staged, armed, widened, proven, narrowed,
 * proven again, confirmed; on any failure taken back. What it returns was read from the server's journal.
 */
export const transact = async (work: Work): Promise<Ending> => {
  const { session, plan, terms } = work
  const { id } = terms
  const guarded = split(plan).guarded
  const touchesSshd = guarded.some(([item]) => item.kind === 'file' && item.effect === 'sshd')
  // a code is asked for from this plan on
  const asksCode = plan.steps.some(({ change }) => isAskingForCode(change))
  const moves = plan.ports.after.filter(port => !plan.ports.before.includes(port))
  // one step never outlives the lease: the guard would take back under its hands
  const limit = terms.lease > 20 ? terms.lease - 10 : terms.lease - 1
  const notes: Text[] = []
  let wire: WireFacts | null = null

  const staged = await session.run(staging(plan, terms), { timeoutMs: 60_000 })
  if (staged.status !== 0) return { state: 'refused', ...refusalOf(staged), wire, notes }
  work.event('staged')
  const refuse = async (reason: Text): Promise<Ending> => {
    await session.run(abandoning(id), { timeoutMs: 30_000 })
    return { state: 'refused', reason, wire, notes }
  }
  const wrong = await work.predict()
  if (wrong !== null) return refuse(wrong)
  if (work.stop.aborted) return refuse(stopped)
  const armed = await session.run(arming(id, terms.limit), { timeoutMs: 60_000 }).catch(error => {
    if (error instanceof Lost) return null
    throw error
  })
  if (armed === null) return afterLoss(work, lostWords, undefined, wire, notes)
  if (armed.status !== 0) {
    return {
      state: 'refused',
      reason: text(`Die Wache startet nicht: ${said(armed)}`, `The guard does not start: ${said(armed)}`),
      wire,
      notes,
    }
  }
  work.event('armed')

  const heartbeat = setInterval(
    () => session.run(renewing(id), { timeoutMs: terms.lease * 1000 }).catch(() => {}),
    (terms.lease * 1000) / 4,
  )

  const step = async (script: string, input = '', seconds = limit + 15): Promise<string> => {
    if (work.stop.aborted) throw new Failed(stopped)
    const result = await session.run(script, { input, timeoutMs: seconds * 1000 })
    if (result.status === 76) throw new Failed(meanwhile)
    if (result.status !== 0) throw new Failed(text(said(result), said(result)))
    return result.output
  }

  // a code counts once, and the next one is half a minute away; a touch is asked of a person: one family shows that it
  // works, the others that it is all that is missing
  const mustGetIn = async (way: Way, sudo: Sudo, withPerson = true): Promise<void> => {
    for (const [n, family] of work.families.entries()) {
      if (work.stop.aborted) throw new Failed(stopped)
      const short = (way.code !== undefined || way.touched === true) && (n > 0 || !withPerson)
      const one = { ...(short ? unattended(way) : way), ...(family !== undefined && { family }) }
      const answer = await prove(work.server, one, short ? 'none' : sudo, work.patience)
      if (short && lacksOnlyPerson(answer, way, fingerprintOf(way))) {
        wire = wireOf(answer)
        continue
      }
      if (short && answer.answer === 'in') continue
      if (answer.answer !== 'in' || (sudo !== 'none' && !answer.root)) throw unproven(answer, way)
      wire = wireOf(answer)
    }
  }

  /** What should be refused is refused; what could not be tried is said. */
  const mustStayOut = async (): Promise<void> => {
    // a code counts once, and what is refused needs none
    const keyOnly = unattended(work.way)
    const closes = (keyword: string) =>
      plan.items.some(
        item =>
          item.kind === 'file' &&
          item.effect === 'sshd' &&
          new RegExp(`^\\s*${keyword} no\\b`, 'm').test(item.stages.close ?? ''),
      )
    for (const port of plan.ports.before.filter(p => !plan.ports.after.includes(p))) {
      const answer = await prove(work.server, { user: work.way.user, port, identity: null }, 'none', 6000)
      if (answer.answer === 'in' || answer.answer === 'refused')
        throw new Failed(text(`Auf Port ${port} antwortet noch sshd`, `sshd still answers on port ${port}`))
    }
    const shut = [
      ...(closes('PasswordAuthentication') ? ['password'] : []),
      // where a code is asked for, only behind the key
      ...(closes('KbdInteractiveAuthentication') || asksCode ? ['keyboard-interactive'] : []),
    ]
    if (shut.length > 0) {
      const answer = await prove(work.server, { ...keyOnly, identity: null }, 'none', work.patience)
      if (answer.answer === 'in')
        throw new Failed(text('Die Anmeldung gelingt auch ohne Schlüssel', 'Login works without any key'))
      if (answer.answer === 'refused') {
        const open = answer.log.methods.filter(method => shut.includes(method))
        if (open.length > 0)
          throw new Failed(text(`sshd bietet noch ${open.join(', ')} an`, `sshd still offers ${open.join(', ')}`))
      } else notes.push(text('Passwort: nicht probiert (keine Antwort)', 'password: not tried (no answer)'))
    }
    if (asksCode) {
      if (!work.mayFail)
        notes.push(text('ohne Code: nicht probiert (eine Sperre droht)', 'without a code: not tried (a ban threatens)'))
      else {
        const answer = await prove(work.server, keyOnly, 'none', work.patience)
        if (answer.answer === 'in')
          throw new Failed(text('Die Anmeldung gelingt auch ohne Code', 'Login works without a code, too'))
        if (!lacksOnlyCode(answer, fingerprintOf(work.way)))
          throw new Failed(
            text(
              `Ob der Server nach dem Code fragt, zeigte sich nicht: ${whyNot(answer)}`,
              `Whether the server asks for the code did not show: ${whyNot(answer)}`,
            ),
          )
      }
    }
    const [other] = work.shut
    if (other !== undefined) {
      if (!work.mayFail)
        notes.push(
          text(
            'der andere Schlüssel: nicht probiert (eine Sperre droht)',
            'the other key: not tried (a ban threatens)',
          ),
        )
      else {
        const answer = await prove(work.server, { ...other, port: work.way.port }, 'none', work.patience)
        const taken = answer.log.acceptedKey !== null && answer.log.acceptedKey === fingerprintOf(other)
        if (answer.answer === 'in' || taken)
          throw new Failed(
            text(
              'Die Anmeldung gelingt auch ohne den Sicherheitsschlüssel',
              'Login works without the security key, too',
            ),
          )
        if (answer.answer !== 'refused')
          throw new Failed(
            text(
              `Ob der andere Schlüssel abgewiesen wird, zeigte sich nicht: ${whyNot(answer)}`,
              `Whether the other key is refused did not show: ${whyNot(answer)}`,
            ),
          )
      }
    }
    if (closes('PermitRootLogin')) {
      if (!work.rootAccepted || !work.mayFail)
        notes.push(
          text(
            'root gilt als zu (sshd sagt es; probieren ließ es sich nicht)',
            'root counts as shut (sshd says so; it could not be tried)',
          ),
        )
      else {
        const answer = await prove(work.server, { ...keyOnly, user: 'root' }, 'none', work.patience)
        if (answer.answer === 'in' || lacksOnlyPerson(answer, work.way, fingerprintOf(work.way)))
          throw new Failed(text('root kommt noch hinein', 'root still gets in'))
        if (answer.answer !== 'refused')
          notes.push(text('root: nicht probiert (keine Antwort)', 'root: not tried (no answer)'))
      }
    }
  }

  try {
    await step(running(id, 'open', limit), `${work.secret}\n`)
    if (moves.length > 0 && touchesSshd) {
      for (const port of moves) {
        await step(trialStart(id, port, limit))
        try {
          await mustGetIn({ ...work.way, port }, 'none')
        } finally {
          await session.run(trialStop(id), { timeoutMs: 20_000 })
        }
      }
    }
    await step(running(id, 'ports', limit))
    work.event(steps.ports.to)
    await mustGetIn({ ...work.way, ...(asksCode && { codeFirst: true }) }, work.sudo)
    const before = await work.alsoAnswers()
    if (before !== null) throw new Failed(before)
    await step(marking(id, steps.proven.from, steps.proven.to))
    work.event(steps.proven.to)
    await step(running(id, 'close', limit), `${work.secret}\n`)
    work.event(steps.close.to)
    await mustGetIn(work.way, work.sudo)
    await mustStayOut()
    const after = (await work.alsoAnswers()) ?? (await work.verify(wire))
    if (after !== null) throw new Failed(after)
    await mustGetIn(work.way, 'none', false)
    await step(marking(id, steps['proven-again'].from, steps['proven-again'].to))
    work.event(steps['proven-again'].to)
    // from here on a stop comes too late: whether it is confirmed is read, not wished
    const last = await session.run(confirming(id), { timeoutMs: 60_000 })
    if (last.status === 77)
      throw new Failed(text('Eine Datei wurde von anderer Hand geändert', 'A file was changed by somebody else'))
    if (last.status === 78)
      throw new Failed(
        text(
          `sshd lehnt seine Konfiguration seit eben ab: ${said(last)}`,
          `Since just now sshd refuses its configuration: ${said(last)}`,
        ),
      )
    clearInterval(heartbeat)
    const state = seenIn((await session.run(reading(id), { timeoutMs: 30_000 })).output)
    if (state !== 'confirmed')
      throw new Failed(text(`Auf dem Server steht: ${state ?? '?'}`, `The server says: ${state ?? '?'}`))
    work.event('confirmed')
    return { state: 'confirmed', reason: null, wire, notes }
  } catch (error) {
    clearInterval(heartbeat)
    if (error instanceof Lost) return afterLoss(work, lostWords, undefined, wire, notes)
    // whatever went wrong here, a mistake of Riegel's own included, is no reason to leave the server as it is
    const failed =
      error instanceof Failed
        ? error
        : error instanceof Trouble
          ? new Failed(error.text, error.hint)
          : new Failed(text(`Fehler in Riegel: ${String(error)}`, `A mistake in Riegel: ${String(error)}`))
    try {
      const found = seenIn((await session.run(reading(id), { timeoutMs: 30_000 })).output)
      if (found === 'confirmed') return finish(work, 'confirmed', failed.text, undefined, wire, notes)
      const why = found === 'armed' ? failed : new Failed(meanwhile)
      work.event('undoing', why.text)
      await session.run(undoing(id), { timeoutMs: 180_000 })
      const state = seenIn((await session.run(reading(id), { timeoutMs: 30_000 })).output)
      return finish(work, ended(state), why.text, why.hint, wire, notes)
    } catch (second) {
      if (!(second instanceof Lost)) throw second
      return afterLoss(work, failed.text, failed.hint, wire, notes)
    }
  }
}

const lostWords = text('Die Verbindung ist abgerissen', 'The connection was lost')
const meanwhile = text(
  'Der Server hat inzwischen selbst alles zurückgenommen: Die Frist war abgelaufen',
  'The server has taken back by itself meanwhile: the lease was over',
)
const stopped = text('Abgebrochen', 'Stopped by you')

const ended = (state: Seen | null): OutcomeState => (state === null ? 'unknown' : tells[state].ended)

const finish = (
  work: Work,
  state: OutcomeState,
  reason: Text,
  hint: Text | undefined,
  wire: WireFacts | null,
  notes: readonly Text[],
): Ending => {
  work.event(state, reason)
  return { state, reason: state === 'confirmed' ? null : reason, ...(hint && { hint }), wire, notes }
}

/**
 * The connection is gone: the server takes everything back by itself when the lease is over. Tries the new way, then
 * the old one, and tells only what was read from the journal there.
 */
const afterLoss = async (
  work: Work,
  reason: Text,
  hint: Text | undefined,
  wire: WireFacts | null,
  notes: readonly Text[],
): Promise<Ending> => {
  const { plan, terms, server } = work
  const until = new Date(Date.now() + terms.lease * 1000)
  const clock = until.toISOString().slice(11, 19)
  work.event(
    'lost',
    text(
      `Verbindung weg. Bis ${clock} UTC nimmt der Server alles zurück. Du musst nichts tun.`,
      `Connection lost. By ${clock} UTC the server takes everything back. You need not do anything.`,
    ),
  )
  const deadline = Date.now() + (terms.lease + 45) * 1000
  let last: Seen | null = null
  const operator = plan.choices.operator
  const old: Way[] =
    work.session.method === 'publickey'
      ? plan.ports.before.map(port => ({ user: operator, port, identity: 'own' }))
      : []
  const oldSudo: Sudo = operator === 'root' ? 'none' : work.sudo
  const { code, ...keyOnly } = work.way
  const ways: (readonly [Way, Sudo])[] = [
    // what takes a touch comes last, and not often
    ...(keyOnly.touched ? old.map(way => [way, oldSudo] as const) : []),
    [keyOnly, work.sudo],
    // only where the key alone did not do: a code may have to be asked of a person
    ...(code === undefined ? [] : [[work.way, work.sudo] as const]),
    ...(keyOnly.touched ? [] : old.map(way => [way, oldSudo] as const)),
  ]
  // each refusal counts with whoever bans there: few while the lease runs, a few more once it must be over
  const tries = new Map<Way, number>()
  while (Date.now() < deadline) {
    const over = Date.now() > until.getTime() + 5000
    let lacksCode = false
    for (const [way, sudo] of ways) {
      if (way.code !== undefined && !lacksCode) continue
      if ((tries.get(way) ?? 0) >= (over ? 4 : 2)) continue
      const words = await readAsRoot(server, way, sudo, reading(terms.id), Math.min(work.patience, 30_000))
      if (words === 'refused' || way.touched) {
        tries.set(way, (tries.get(way) ?? 0) + 1)
        lacksCode ||= words === 'refused' && way === keyOnly
      }
      if (words === null || words === 'refused') continue
      const state = seenIn(words)
      last = state
      const told = state === null ? null : tells[state].afterLoss
      if (told !== null) return finish(work, told, reason, hint, wire, notes)
    }
    await sleep(2000)
  }
  // no arming waits that long
  return finish(work, last === 'staged' ? 'refused' : 'unknown', reason, hint, wire, notes)
}
