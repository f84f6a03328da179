// The lab: the operator's side of the network, and the hosts in it. Several can be open at once, in one process or in
// many; each tidies up after itself, and after those of processes that could not.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { makeFolder, sweep, takeDown, unwatch, watch } from './cleanup.js'
import { Host, type HostOptions } from './host.js'
import { lowerFolders } from './images.js'
import {
  address,
  makeOperator,
  operatorNamespace,
  operatorNumber,
  type Subnet,
  subnet,
  watcherNumbers,
  writeNames,
} from './network.js'
import { type Prompt, type PtyOptions, type Transcript, underTerminal } from './pty.js'
import { available, type ExecuteOptions, ensureTools, execute, type Result, type Running, start } from './tools.js'
import type { Answer, Question } from './watcher.js'

let count = 0

export class Lab {
  readonly name: string
  /** the operator's addresses, as the hosts see them */
  readonly ip4: string
  readonly ip6: string
  readonly hosts: Host[] = []
  readonly #net: Subnet
  readonly #watcher: ChildProcess
  readonly #questions = new Map<number, (greeted: boolean) => void>()
  #asked = 0

  private constructor(name: string, net: Subnet) {
    this.name = name
    this.#net = net
    this.ip4 = address(net, operatorNumber).ip4
    this.ip6 = address(net, operatorNumber).ip6
    // not by `ip netns exec`: that would keep a copy of the mounts of now for as long as it runs
    const inside = [`--net=/run/netns/${operatorNamespace(name)}`, process.execPath]
    const program = fileURLToPath(new URL('./watcher.js', import.meta.url))
    this.#watcher = spawn('nsenter', [...inside, program], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'] },
      detached: true,
    })
    this.#watcher.stdin?.on('error', () => {})
    this.#watcher.on('exit', () => {
      for (const answer of this.#questions.values()) answer(false)
      this.#questions.clear()
    })
    createInterface({ input: this.#watcher.stdout! }).on('line', line => {
      const { id, greeted } = JSON.parse(line) as Answer
      this.#questions.get(id)?.(greeted)
      this.#questions.delete(id)
    })
  }

  static async open(title = 'lab'): Promise<Lab> {
    const possible = available()
    if (!possible.ok) throw new Error(possible.why)
    await ensureTools()
    sweep()
    count += 1
    const name = `rl-${title.replace(/[^a-z0-9]/gi, '').slice(0, 12)}-${process.pid}-${count}`
    watch(name)
    try {
      makeFolder(name)
      const net = subnet(process.pid * 7 + count)
      await makeOperator(name, net)
      return new Lab(name, net)
    } catch (error) {
      takeDown(name)
      unwatch(name)
      throw error
    }
  }

  /** Boots a host and waits until its sshd greets; builds its images first where they are missing. */
  async host(options: HostOptions): Promise<Host> {
    const log = (line: string) => process.stderr.write(`lab: ${line}\n`)
    const lowers = await lowerFolders(options.suite, options.layers ?? [], log)
    const greets = (host: string, port: number, timeoutMs: number) => this.#greets(host, port, timeoutMs)
    const host = new Host(this.hosts.length + 1, options, { lab: this.name, net: this.#net, lowers, greets })
    this.hosts.push(host)
    await writeNames(this.name, this.hosts)
    await host.reset()
    return host
  }

  #greets(host: string, port: number, timeoutMs: number): Promise<boolean> {
    this.#asked += 1
    const own = address(this.#net, watcherNumbers[this.#asked % watcherNumbers.length]!)
    const question: Question = { id: this.#asked, host, port, from: host.includes(':') ? own.ip6 : own.ip4, timeoutMs }
    if (this.#watcher.exitCode !== null) return Promise.resolve(false)
    return new Promise(resolve => {
      this.#questions.set(question.id, resolve)
      this.#watcher.stdin?.write(`${JSON.stringify(question)}\n`)
    })
  }

  /** argv wrapped so that it runs inside the operator's namespace. */
  wrap(argv: string[]): string[] {
    return ['ip', 'netns', 'exec', operatorNamespace(this.name), ...argv]
  }

  /** Runs a program on the operator's side. */
  async run(argv: string[], options: ExecuteOptions = {}): Promise<Result> {
    return await execute(this.wrap(argv), options)
  }

  /** Starts a program on the operator's side, to be killed or cut off while it runs. */
  start(argv: string[], options: ExecuteOptions = {}): Running {
    return start(this.wrap(argv), options)
  }

  /** Runs a program on the operator's side under a pseudo-terminal, and answers its prompts. */
  async pty(argv: string[], answers: Prompt[], options: PtyOptions = {}): Promise<Transcript> {
    return await underTerminal(this.wrap(argv), answers, options)
  }

  /** Nothing stays: no process, namespace, mount, loop device, folder. */
  async close(): Promise<void> {
    await Promise.all(this.hosts.map(host => host.kill().catch(() => {})))
    this.#watcher.stdin?.end()
    this.#watcher.kill('SIGKILL')
    takeDown(this.name)
    unwatch(this.name)
  }
}
