// A program under a pseudo-terminal with somebody who answers its questions: util-linux's `script` makes the terminal.

import { readFileSync } from 'node:fs'
import { quote, start } from './tools.js'

export interface Prompt {
  expect: RegExp
  /** what is typed; made from all that was printed so far where it depends on it */
  send: string | ((output: string) => string)
  /** how often it is answered at most; without it, each time it appears */
  times?: number
}

export interface Transcript {
  code: number | null
  output: string
  /** how often each prompt was answered */
  matched: number[]
}

export interface PtyOptions {
  env?: Record<string, string>
  timeoutMs?: number
  cwd?: string
  rows?: number
  columns?: number
}

/** A process and all below it. */
export function tree(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    return [pid, ...children.flatMap(child => tree(Number(child)))]
  } catch {
    return [pid]
  }
}

function killTree(pid: number): void {
  for (const member of tree(pid)) {
    try {
      process.kill(member, 'SIGKILL')
    } catch {
      // ended meanwhile
    }
  }
}

/** Runs argv (already wrapped) and types the answers; what a prompt matched is not looked at again. */
export async function underTerminal(argv: string[], prompts: Prompt[], options: PtyOptions = {}): Promise<Transcript> {
  const { rows = 40, columns = 120, timeoutMs = 60_000, ...rest } = options
  const command = `stty rows ${rows} cols ${columns}; exec ${argv.map(quote).join(' ')}`
  const running = start(['script', '--quiet', '--return', '--command', command, '/dev/null'], rest, true)
  const matched = prompts.map(() => 0)
  let output = ''
  let seen = 0
  const look = () => {
    for (;;) {
      const rest = output.slice(seen)
      const hits = prompts.flatMap((prompt, index) => {
        if (matched[index]! >= (prompt.times ?? Number.POSITIVE_INFINITY)) return []
        const hit = new RegExp(prompt.expect.source, prompt.expect.flags.replace(/[gy]/g, '')).exec(rest)
        return hit === null || hit[0] === '' ? [] : [{ index, prompt, at: hit.index, end: hit.index + hit[0].length }]
      })
      const first = hits.sort((a, b) => a.at - b.at)[0]
      if (first === undefined) return
      seen += first.end
      matched[first.index]! += 1
      const { send } = first.prompt
      running.child.stdin?.write(typeof send === 'string' ? send : send(output))
    }
  }
  const decoder = new TextDecoder()
  running.child.stdout?.on('data', (chunk: Buffer) => {
    output += decoder.decode(chunk, { stream: true })
    look()
  })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    killTree(running.pid)
  }, timeoutMs)
  const { code } = await running.done
  clearTimeout(timer)
  return { code: timedOut ? null : code, output, matched }
}
