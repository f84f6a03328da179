import { createHash } from 'node:crypto'
import {
  drifted,
  holding,
  type Listed,
  listing,
  type Merge,
  maxMerged,
  merging,
  reading,
  readListing,
  takingBack,
  trialBefore,
  trialBeforeEnd,
  unmerged,
} from '../apply/scripts.js'
import { isAbout } from '../model/about.js'
import type { ConfigLines } from '../model/facts.js'
import { hasPassword, sshdPorts } from '../model/logins.js'
import type { OutcomeState, Report } from '../model/report.js'
import type { Rule } from '../model/rule.js'
import { printableLine } from '../model/shell.js'
import { Lost, type Session } from '../model/target.js'
import { type Text, text } from '../model/text.js'
import { Trouble } from '../model/trouble.js'
import { mergeLines, mergeSshd } from '../plan/merge.js'
import { typed } from '../target/address.js'
import { newToken } from '../target/frames.js'
import { type Answer, lacksOnlyCode, prove, readAsRoot, type Sudo, type Way } from '../target/proof.js'
import { type CarryOut, codeFor, connectionLine } from './carry-out.js'
import { type Survey, survey } from './survey.js'

/** Every transaction on a target. `denied` without root, null where the answer was cut off. Throws Lost. */
export const pastOf = async (session: Session): Promise<readonly Listed[] | 'denied' | null> => {
  const token = newToken()
  const { status, output } = await session.run(listing(token), { timeoutMs: 60_000 })
  if (status === 77) return 'denied'
  const past = readListing(token, output)
  return past?.map(one => (one.about && !isAbout(one.about) ? { ...one, about: null } : one)) ?? null
}

/** A file that somebody changed since Riegel wrote it; null = not there. */
export interface Drift {
  readonly file: Listed['files'][number]
  readonly wrote: string | null
  readonly now: string | null
  /** what becomes of it where Riegel's own lines can be told apart; null = it stays as it is */
  readonly merge: Merge | null
}

/** Reads what a file was, what Riegel wrote and what it is now, and merges the three. Throws Lost. */
export const driftOf = async (session: Session, id: string, file: Listed['files'][number]): Promise<Drift> => {
  const { output } = await session.run(drifted(id, file.number, file.path), { timeoutMs: 30_000 })
  const read = (words = '') => (words.startsWith('+') ? Buffer.from(words.slice(1), 'base64') : null)
  const [before = null, wrote = null, now = null] = output.split('\n').map(read)
  const shown = (content: Buffer | null) => content?.subarray(0, maxMerged).toString('utf8') ?? null
  return { file, wrote: shown(wrote), now: shown(now), merge: mergeOf(file, before, wrote, now) }
}

const mergeOf = (
  { number, path, sshd }: Listed['files'][number],
  before: Buffer | null,
  wrote: Buffer | null,
  now: Buffer | null,
): Merge | null => {
  if (wrote === null || now === null) return null
  const all = [before ?? Buffer.alloc(0), wrote, now]
  const words = all.map(content => content.toString('utf8'))
  // nothing is merged that is not text, or was cut off
  if (all.some((content, at) => content.length > maxMerged || !content.equals(Buffer.from(words[at]!)))) return null
  if (words.some(word => word.includes('\0'))) return null
  const merged = (sshd ? mergeSshd : mergeLines)(words[1]!, words[0]!, words[2]!)
  if (merged === null) return null
  const content = merged === '' && before === null ? null : merged
  return { number, path, now: createHash('sha256').update(now).digest('hex'), content }
}

export interface TakeBack {
  readonly connection: CarryOut['connection']
  readonly seen: Survey
  readonly one: Listed
  /** files that somebody changed since, merged; all others that were changed stay as they are */
  readonly merges: readonly Merge[]
  readonly rules: readonly Rule[]
  /** seconds after the last sign of life until the server ends it alone */
  readonly lease: number
  /** how the account of this connection became root */
  readonly sudo: Sudo
  /** the key by which one gets in afterwards, where the one of this connection goes; else whatever ssh offers */
  readonly key?: Pick<Way, 'passphrase' | 'touched'> & { readonly identity: Exclude<Way['identity'], null> }
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
const wayBack = ({ connection, one, key }: TakeBack): Way => {
  const about = one.about!
  const port = about.ports.before[0]!
  const user = about.made ? about.by : connection.session.account
  const byKey = !about.made || about.method === 'publickey'
  return { user, port, ...(byKey && key !== undefined ? key : { identity: byKey ? 'own' : null }) }
}

/** Proves the old way; where it turns out to ask for a code again, with one: a person mistypes, and each counts once. */
const proveBack = async ({ connection }: TakeBack, way: Way, sudo: Sudo): Promise<Answer> => {
  let answer = await prove(connection.server, way, sudo, 60_000)
  for (let tries = 0; tries < 3 && lacksOnlyCode(answer, ''); tries++)
    try {
      answer = await prove(connection.server, { ...way, code: () => connection.code() }, sudo, 60_000)
    } catch (error) {
      // nobody gives one: unproven is what it is, and no reason to leave the server in between
      if (!(error instanceof Trouble)) throw error
      return answer
    }
  return answer
}

/** What sshd read before this transaction, of the files that it changed. Throws Lost. */
export const doorBefore = async (session: Session, one: Listed): Promise<readonly ConfigLines[]> => {
  const files: ConfigLines[] = []
  for (const file of one.files.filter(({ sshd }) => sshd)) {
    const { output } = await session.run(drifted(one.id, file.number, file.path), { timeoutMs: 30_000 })
    const [before = ''] = output.split('\n')
    const lines = before.startsWith('+') ? Buffer.from(before.slice(1), 'base64').toString('utf8').split('\n') : []
    files.push({ path: file.path, lines })
  }
  return files
}

/**
 * Takes a confirmed transaction back. Where the port moves, the old way is proven before anything is touched, on a second
 * sshd that runs with the old configuration. Then the old door is opened again and proven for real; only after that the new account
 * goes. The server does it by itself, guarded against a reboot, checks itself, and is asked what it did.
 */
export const takeBack = async (work: TakeBack): Promise<TakenBack> => {
  const { connection, lease, one } = work
  const renew = () => connection.session.run(holding(one.id, lease), { timeoutMs: lease * 1000 }).catch(() => {})
  const heartbeat = setInterval(renew, lease * 250)
  try {
    return await guarded(work)
  } finally {
    clearInterval(heartbeat)
  }
}

const guarded = async (work: TakeBack): Promise<TakenBack> => {
  const { connection, one, seen } = work
  const { server, session } = connection
  const about = one.about!
  const way = wayBack(work)
  // root is proven too where the account is the one whose sudo is known
  const sudo = way.user === session.account ? work.sudo : 'none'
  const now =
    seen.sections.listeners && seen.sections.sshd ? sshdPorts(seen.sections.listeners, seen.sections.sshd) : []
  const moved = about.ports.before.some(port => !now.includes(port))
  const byHand = typed(server.address, way, typeof way.identity === 'object' ? way.identity?.path : undefined)
  const says = text(
    `Zurückgenommen. Du kommst hinein wie vorher:\n    ${byHand}`,
    `Taken back. You get in as before:\n    ${byHand}`,
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
  if (work.merges.length > 0) {
    const wrong = await setAside(work, way)
    if (wrong !== null) return refused(wrong)
  }
  if (moved) {
    const trial = await session.run(trialBefore(one.id, way.port, 60), { timeoutMs: 30_000 })
    const answer = trial.status === 0 ? await prove(server, way, sudo, 60_000) : null
    // an account that this transaction locked: its key is taken, its account is not yet; the real proof comes below
    const locked = trial.output.split('\n').includes(way.user) && (answer?.log.acceptedKey ?? null) !== null
    // a code counts only once: it is kept for that proof too
    const coded = answer !== null && lacksOnlyCode(answer, '')
    await session.run(trialBeforeEnd(one.id), { timeoutMs: 30_000 })
    if (answer === null || !(opens(answer) || locked || coded))
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
  const back = await proveBack(work, way, sudo)
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
  const answer = await proveBack(work, way, sudo)
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

/** Merged files are written aside and checked, before anything is touched. Null, or why not. */
const setAside = async ({ connection, one, merges, seen }: TakeBack, way: Way): Promise<Text | null> => {
  const line = seen.sections.system?.connection
  const from = line
    ? `host=${line.clientAddress},addr=${line.clientAddress},laddr=${line.serverAddress},lport=${way.port}`
    : 'host=localhost,addr=127.0.0.1'
  const { status, output } = await connection.session.run(merging(one.id, merges, { user: way.user, from }), {
    timeoutMs: 60_000,
  })
  if (status === 0) return null
  const said = printableLine(
    output
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^riegel: /, '') ?? '',
  ).slice(0, 300)
  const names = merges.map(({ path }) => printableLine(path)).join(', ')
  if (status === unmerged.stale)
    return text(`Gerade eben noch einmal geändert: ${said}`, `Changed once more just now: ${said}`)
  return status === unmerged.old
    ? text(
        `Seither geändert: ${names}; der Vorgang ist von einem älteren Riegel, dem sich das nicht einfügen lässt`,
        `Changed since: ${names}; the transaction is an older Riegel's, into which that cannot be merged`,
      )
    : text(`Zusammengeführt taugt es nicht: ${said}`, `Merged it is of no use: ${said}`)
}

/**
 * Runs a part of undo.sh and reads the state, over this connection or, where that broke, over whichever way is open. Null
 * where nothing could be read.
 */
const part = async (
  work: TakeBack,
  which: 'late' | 'proven' | 'unproven',
): Promise<{ state: string; said: string } | null> => {
  const { connection, lease, one, sudo } = work
  const stateIn = (words: string) => words.trim().split('\n')[0]?.split(' ')[0] ?? ''
  try {
    const { output } = await connection.session.run(takingBack(one.id, which, lease), { timeoutMs: 300_000 })
    const read = await connection.session.run(reading(one.id), { timeoutMs: 30_000 })
    return { state: stateIn(read.output), said: printableLine(output.trim().split('\n').at(-1) ?? '').slice(0, 300) }
  } catch (error) {
    if (!(error instanceof Lost)) throw error
    const way = wayBack(work)
    const account = one.about!.account
    const ways: [Way, Sudo][] = [
      ...(way.identity === null ? [] : [[way, way.user === 'root' ? 'none' : sudo] as [Way, Sudo]]),
      [{ user: account, port: way.port, identity: 'own', ...codeFor(work, account) }, sudo],
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

export type { Listed, Merge }
