import { spawn } from 'node:child_process'
import { userInfo } from 'node:os'
import type { Session } from '../model/target.js'
import { Frames } from './frames.js'

/** This machine: the same program over the same frames, only without ssh. Runs as whoever started Riegel. */
export const openLocal = async (): Promise<Session> => {
  const { SSH_CONNECTION: _, ...env } = process.env
  const child = spawn('sh', ['-c', 'IFS= read -r n; s=$(head -c "$n"); eval "$s"'], { stdio: 'pipe', env })
  const frames = new Frames(child)
  const opening = await frames.open(30_000)
  const root = opening.state === 'ready' ? opening : await frames.become('plain', 30_000)
  if (!root) throw new Error('the local shell did not answer')
  return {
    uid: root.uid,
    account: userInfo().username,
    wire: null,
    method: null,
    acceptedKey: null,
    run: (script, options) => frames.run(script, options),
    close: () => frames.close(),
  }
}
