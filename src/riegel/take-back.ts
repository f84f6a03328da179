import {
  drifted,
  type Listed,
  listing,
  reading,
  readListing,
  takingBack,
  trialBefore,
  trialBeforeEnd,
} from '../apply/scripts.js'
import { isAbout } from '../model/about.js'
import { hasPassword, sshdPorts } from '../model/logins.js'
import type { OutcomeState, Report } from '../model/report.js'
import type { Rule } from '../model/rule.js'
import { printableLine } from '../model/shell.js'
import { Lost, type Session } from '../model/target.js'
import { type Text, text } from '../model/text.js'
import { newToken } from '../target/frames.js'
import { type Answer, prove, readAsRoot, type Sudo, type Way } from '../target/proof.js'
import { type CarryOut, connectionLine } from './carry-out.js'
import { type Survey, survey } from './survey.js'

/** Every transaction on a target. `denied` without root, null where the answer was cut off. Throws Lost. */
export const pastOf = async (session: Session): Promise<readonly Listed[] | 'denied' | null> => {
  const token = newToken()
  const { status, output } = await session.run(listing(token), { timeoutMs: 60_000 })
  if (status === 77) return 'denied'
  const past = readListing(token, output)
  return past?.map(one => (one.about && !isAbout(one.about) ? { ...one, about: null } : one)) ?? null
}

/** What Riegel wrote to a file and what is there now; null = not there. */
export const driftOf = async (
  session: Session,
  id: string,
  file: Listed['files'][number],
): Promise<[string | null, string | null]> => {
  const { output } = await session.run(drifted(id, file.number, file.path), { timeoutMs: 30_000 })
  const [wrote = '', now = ''] = output.split('\n')
  const read = (words: string) => (words === '' ? null : Buffer.from(words, 'base64').toString('utf8'))
  return [read(wrote), read(now)]
}

export interface TakeBack {
  readonly connection: CarryOut['connection']
  readonly seen: Survey
  readonly one: Listed
  readonly rules: readonly Rule[]
  /** how the account of this connection became root */
  readonly sudo: Sudo
  now(): Date
  tell(state: string, note?: Text): void
}

export interface TakenBack {
  readonly state: OutcomeState
  readonly reason: Text | null
  readonly hint?: Text
  readonly says: Text
  readonly after: Report | null
}

/** The way in that the server will have again: what this connection uses where it stays, else how it was before. */
const wayBack = ({ connection, one }: TakeBack): Way => {
  const about = one.about!
  const port = about.ports.before[0]!
  const user = about.made ? about.by : connection.session.account
  const byKey = !about.made || about.method === 'publickey'
  return { user, port, identity: byKey ? 'own' : null }
}

/**
 * Takes a confirmed transaction back. Where the port moves, the old way is proven before anything is touched, on a second
 * sshd that runs with the old configuration. Then the old door is opened again and proven for real; only after that the new account
 * goes. The server does it by itself, guarded against a reboot, checks itself, and is asked what it did.
 */
export const takeBack = async (work: TakeBack): Promise<TakenBack> => {
  const { connection, one, seen } = work
  const { server, session } = connection
  const about = one.about!
  const way = wayBack(work)
  // root is proven too where the account is the one whose sudo is known
  const sudo = way.user === session.account ? work.sudo : 'none'
  const now =
    seen.sections.listeners && seen.sections.sshd ? sshdPorts(seen.sections.listeners, seen.sections.sshd) : []
  const moved = about.ports.before.some(port => !now.includes(port))
  const says = text(
    `Zurückgenommen. Du kommst hinein wie vorher:\n    ssh ${way.port === 22 ? '' : `-p ${way.port} `}${way.user}@${server.address.host}`,
    `Taken back. You get in as before:\n    ssh ${way.port === 22 ? '' : `-p ${way.port} `}${way.user}@${server.address.host}`,
  )
  const opens = (answer: Answer): boolean =>
    way.identity === null
      ? answer.answer === 'refused' &&
        answer.log.methods.some(method => ['password', 'keyboard-interactive'].includes(method))
      : answer.answer === 'in' && (sudo === 'none' || answer.root)
  const refused = (reason: Text, hint?: Text): TakenBack => ({
    state: 'refused',
    reason,
    ...(hint && { hint }),
    says,
    after: null,
  })
  if (way.identity === null) {
    const account = seen.sections.accounts?.find(a => a.name === way.user)
    if (!account || !hasPassword(account))
      return refused(
        text(
          `${way.user} hat kein Passwort mehr; danach käme niemand hinein`,
          `${way.user} has no password any more; nobody would get in then`,
        ),
        text(`Erst eines setzen: passwd ${way.user}`, `Set one first: passwd ${way.user}`),
      )
  }
  if (moved) {
    const trial = await session.run(trialBefore(one.id, way.port, 60), { timeoutMs: 30_000 })
    const answer = trial.status === 0 ? await prove(server, way, sudo, 60_000) : null
    // an account that this transaction locked: its key is taken, its account is not yet; the real proof comes below
    const locked = trial.output.split('\n').includes(way.user) && (answer?.log.acceptedKey ?? null) !== null
    await session.run(trialBeforeEnd(one.id), { timeoutMs: 30_000 })
    if (answer === null || !(opens(answer) || locked))
      return refused(
        text(
          `Der alte Zugang (${way.user}, Port ${way.port}) funktioniert nicht mehr; nichts wurde zurückgenommen`,
          `The old way in (${way.user}, port ${way.port}) does not work any more; nothing was taken back`,
        ),
        text(
          'Lässt eine Firewall den alten Port nicht mehr durch?',
          'Does a firewall no longer let the old port through?',
        ),
      )
    work.tell(
      'proven',
      text(`alter Zugang bewiesen: ${way.user}, Port ${way.port}`, `old way in proven: ${way.user}, port ${way.port}`),
    )
  }
  work.tell('undoing')
  const stuck = (reason: Text): TakenBack => ({
    state: 'stuck',
    reason,
    hint: text('riegel history zeigt den Stand', 'riegel history shows the state'),
    says,
    after: null,
  })
  const unknown: TakenBack = {
    state: 'unknown',
    reason: text('Der Ausgang ließ sich nicht lesen', 'The outcome could not be read'),
    hint: text('riegel history zeigt den Stand', 'riegel history shows the state'),
    says,
    after: null,
  }
  // first the old door is opened again, the new account still standing
  const opened = await part(work, 'late')
  if (opened === null) return unknown
  // untouched: the server says why
  if (opened.state === 'confirmed' || /nothing was taken back/.test(opened.said))
    return refused(text(opened.said, opened.said))
  if (opened.state !== 'undoing' && opened.state !== 'rolled-back')
    return stuck(text('Das Zurücknehmen gelang nicht ganz', 'Taking back did not fully succeed'))
  const back = await prove(server, way, sudo, 60_000)
  if (!opens(back)) {
    await part(work, 'unproven')
    return stuck(
      text(
        `${way.user} kommt auf Port ${way.port} nicht hinein; deshalb bleibt ${about.account} bestehen: ssh -p ${way.port} ${about.account}@${server.address.host}`,
        `${way.user} does not get in on port ${way.port}; so ${about.account} stays: ssh -p ${way.port} ${about.account}@${server.address.host}`,
      ),
    )
  }
  const ended = opened.state === 'rolled-back' ? opened : await part(work, 'proven')
  if (ended === null) return unknown
  if (ended.state !== 'rolled-back')
    return stuck(text('Das Zurücknehmen gelang nicht ganz', 'Taking back did not fully succeed'))
  for (const port of about.ports.before) server.rememberPort(port)
  const answer = await prove(server, way, sudo, 60_000)
  if (!opens(answer))
    return {
      state: 'unknown',
      reason: text(
        `Alles ist zurückgenommen, aber ${way.user} kommt auf Port ${way.port} nicht hinein`,
        `All is taken back, but ${way.user} does not get in on port ${way.port}`,
      ),
      hint: text('Diese Sitzung offen lassen und nachsehen', 'Keep this session open and look'),
      says,
      after: null,
    }
  work.tell('confirmed')
  const wire = {
    banner: answer.log.banner,
    methods: answer.log.methods,
    port: answer.log.port,
    address: answer.log.address,
  }
  const options = {
    target: connection.name,
    occasion: 'harden',
    operator: connection.operator,
    now: work.now(),
    wire,
    variables: { RIEGEL_CONNECTION: connectionLine(seen, String(way.port)) },
  } as const
  const after = await survey(session, options, work.rules).catch(() => null)
  return { state: 'confirmed', reason: null, says, after: after?.report ?? null }
}

/**
 * Runs a part of undo.sh and reads the state, over this connection or, where that broke, over whichever way is open. Null
 * where nothing could be read.
 */
const part = async (
  work: TakeBack,
  which: 'late' | 'proven' | 'unproven',
): Promise<{ state: string; said: string } | null> => {
  const { connection, one, sudo } = work
  const stateIn = (words: string) => words.trim().split('\n')[0]?.split(' ')[0] ?? ''
  try {
    const { output } = await connection.session.run(takingBack(one.id, which), { timeoutMs: 300_000 })
    const read = await connection.session.run(reading(one.id), { timeoutMs: 30_000 })
    return { state: stateIn(read.output), said: printableLine(output.trim().split('\n').at(-1) ?? '').slice(0, 300) }
  } catch (error) {
    if (!(error instanceof Lost)) throw error
    const way = wayBack(work)
    const account = one.about!.account
    const ways: [Way, Sudo][] = [
      ...(way.identity === null ? [] : [[way, way.user === 'root' ? 'none' : sudo] as [Way, Sudo]]),
      [{ user: account, port: way.port, identity: 'own' }, sudo],
    ]
    const deadline = Date.now() + 240_000
    while (Date.now() < deadline) {
      for (const [open, how] of ways) {
        const words = await readAsRoot(connection.server, open, how, reading(one.id), 30_000)
        if (words !== null && ['confirmed', 'rolled-back', 'stuck'].includes(stateIn(words)))
          return { state: stateIn(words), said: '' }
      }
      await new Promise(resolve => setTimeout(resolve, 2000))
    }
    return null
  }
}

export type { Listed }
