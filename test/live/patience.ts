// What takes long, and mostly waits: a client that is stopped for minutes at each boundary, and one that goes on renewing
// for ever. Each on a host of its own, all at once.

import { renewing } from '../../src/apply/scripts.js'
import {
  type Bench,
  bench,
  type Case,
  changeSets,
  type Fault,
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

/** So many benches, a few booting at a time. */
const benches = async (lab: Lab, count: number): Promise<Bench[]> => {
  const made: Bench[] = []
  while (made.length < count) {
    const few = Math.min(3, count - made.length)
    made.push(...(await Promise.all(Array.from({ length: few }, () => bench(lab, 'trixie', set, 'overlay')))))
  }
  return made
}

/** The client stopped for some seconds at every boundary, alone and together with its ssh; then it goes on. */
export const stoppedAt = async (
  lab: Lab,
  seconds: number,
  told: (row: Row) => void,
  broken: (one: Case, why: string) => void,
): Promise<void> => {
  const faults: Fault[] = ['client stopped', 'client asleep']
  const cases = [...states, ...midst].flatMap(state =>
    faults.map((fault): Case => ({ suite: 'trixie', set, fault, state, stopped: seconds })),
  )
  const some = await benches(lab, cases.length)
  await Promise.all(
    cases.map(async (one, n) => {
      // one after the other reaches its state undisturbed; the long wait is shared
      await sleep(n * 6000)
      try {
        told(await suffer(some[n]!, one))
      } catch (error) {
        broken(one, error instanceof Error ? error.message : String(error))
      }
    }),
  )
  for (const { host, operator } of some) {
    await host.stop()
    operator.end()
  }
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
