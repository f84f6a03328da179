// What takes long, and mostly waits: a client that is stopped for minutes at each boundary, and one that goes on renewing
// for ever. Each on a host of its own, all at once.

import { renewing } from '../../src/apply/scripts.js'
import {
  type Bench,
  bench,
  type Case,
  type ChangeSet,
  changeSets,
  hardening,
  midst,
  type Row,
  reached,
  stateOf,
  states,
  suffer,
} from './fault-table.js'
import type { Lab } from './lab/index.js'
import { sleep } from './lab/tools.js'

const set = changeSets.move

/** A session's own systemd is masked: it takes another handful of the inotify instances that all hosts here share. */
const small: ChangeSet = { ...set, setup: line => `${set.setup(line)}systemctl -q mask user@.service\n` }
const atOnce = 7

/**
 * The client stopped for some seconds at every boundary, alone and together with its ssh; then it goes on. Seven hosts
 * at once share the wait.
 */
export const stoppedAt = async (
  lab: Lab,
  seconds: number,
  told: (row: Row) => void,
  broken: (one: Case, why: string) => void,
): Promise<void> => {
  const cases = [states, midst].flatMap(some =>
    (['client asleep', 'client stopped'] as const).flatMap(fault =>
      some.map((state): Case => ({ suite: 'trixie', set: small, fault, state, stopped: seconds })),
    ),
  )
  const worker = async (one: Bench) => {
    for (let next = cases.shift(); next; next = cases.shift()) {
      try {
        told(await suffer(one, next))
      } catch (error) {
        broken(next, error instanceof Error ? error.message : String(error))
      }
    }
    await one.host.stop()
    one.operator.end()
  }
  const working: Promise<void>[] = []
  // one after the other, so that each reaches its state undisturbed
  for (let n = 0; n < atOnce; n++) working.push(worker(await bench(lab, 'trixie', small, 'overlay')))
  await Promise.all(working)
}

/**
 * A client that gets to a state, and from then on does nothing but renew, once a second: the guard takes back when the
 * hard limit is over, which is Riegel's own unless told. Gives what happened, in a line; throws where it did not.
 */
export const renewedForEver = async (lab: Lab, limit: number | null): Promise<string> => {
  const { host, operator } = await bench(lab, 'trixie', set, 'overlay')
  await host.reset()
  await lab.run(['rm', '-f', `${operator.home}/.ssh/known_hosts`])
  const client = operator.startRiegel(await hardening(operator, host, set))
  if ((await reached(host, 'proven', () => false, 60_000)) === null) throw new Error('never proven')
  client.kill('SIGKILL')
  const id = (await host.must('basename /var/lib/riegel/2*')).trim()
  const directory = `/var/lib/riegel/${id}`
  const left = async (name: string) =>
    Number(await host.must(`echo $(($(cat ${directory}/${name}) - $(cut -d. -f1 /proc/uptime)))`))
  if (limit !== null) await host.must(`echo $(($(cut -d. -f1 /proc/uptime) + ${limit})) >${directory}/limit`)
  const hard = await left('limit')
  const began = performance.now()
  let renewals = 0
  let gone = 0
  while (stateOf(host) === 'armed' && performance.now() - began < (hard + 60) * 1000) {
    const renewed = await operator.ssh(host, set.old.user, 22, renewing(id))
    if (renewed.code === 0) renewals += 1
    else gone += 1
    await sleep(1000)
  }
  const held = (performance.now() - began) / 1000
  const late = await operator.ssh(host, set.old.user, 22, renewing(id))
  for (let tries = 0; stateOf(host) === 'undoing' && tries < 600; tries++) await sleep(100)
  const state = stateOf(host)
  const way = await operator.ssh(host, set.old.user, 22, set.old.root)
  const story = `${renewals} renewals (${gone} in vain) held it armed for ${held.toFixed(0)} s of the ${hard} s that were left; then ${state}, a renewal after that ends with ${late.code}, the owner ${way.stdout.trim() === '0' ? 'gets in' : 'IS LOCKED OUT'}`
  if (state !== 'rolled-back' || held > hard + 5 || held < hard - 5 || way.stdout.trim() !== '0' || late.code === 0)
    throw new Error(story)
  await host.stop()
  operator.end()
  return story
}
