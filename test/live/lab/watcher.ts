// Runs inside the operator's namespace for as long as the lab is open, and answers whether a port greets like sshd.
// One line of JSON in, one line of JSON out. It ends when its input ends, so it cannot outlive the test.

import { connect } from 'node:net'
import { createInterface } from 'node:readline'

export interface Question {
  id: number
  host: string
  port: number
  from: string
  timeoutMs: number
}

export interface Answer {
  id: number
  greeted: boolean
}

function greets({ host, port, from }: Question, patienceMs: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host, port, localAddress: from })
    let text = ''
    const end = (answer: boolean) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(end, patienceMs, false)
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (/^SSH-/m.test(text)) end(true)
    })
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
  })
}

async function answer(question: Question): Promise<void> {
  const until = Date.now() + question.timeoutMs
  let greeted = false
  do {
    const began = Date.now()
    greeted = await greets(question, Math.max(20, Math.min(500, until - began)))
    if (!greeted) await new Promise(resolve => setTimeout(resolve, Math.max(0, 15 - (Date.now() - began))))
  } while (!greeted && Date.now() < until)
  process.stdout.write(`${JSON.stringify({ id: question.id, greeted } satisfies Answer)}\n`)
}

if (process.argv[1]?.endsWith('watcher.js')) {
  createInterface({ input: process.stdin }).on('line', line => void answer(JSON.parse(line) as Question))
}
