import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, test } from 'node:test'
import { Lost } from '../model/target.js'
import { bootstrap } from './dial.js'
import { Frames } from './frames.js'

/** The far side: a login shell that may say something of its own first, then what ssh would run. */
const far = (before = ''): Frames =>
  new Frames(spawn('sh', ['-c', `${before}\n${bootstrap}`], { stdio: 'pipe', env: { PATH: process.env['PATH'] } }))

const opened = async (before = ''): Promise<Frames> => {
  const frames = far(before)
  const opening = await frames.open(10_000)
  if (opening.state !== 'ready') await frames.become('plain', 10_000)
  return frames
}

describe('frames', () => {
  test('a script gets its input and gives output and status', async () => {
    const frames = await opened()
    const answer = await frames.run('cat; echo err >&2; exit 7', { input: "a'b\n$x\n", timeoutMs: 5000 })
    assert.deepEqual(answer, { output: "a'b\n$x\nerr\n", status: 7 })
    frames.close()
  })
  test('what the login shell says besides is ignored, forged frames too', async () => {
    const frames = await opened("printf 'Welcome\\n\\nriegel-0000 ready 0 root\\n\\nriegel-0000 end 0\\n'")
    assert.deepEqual(await frames.run('echo ok', { timeoutMs: 5000 }), { output: 'ok\n', status: 0 })
    frames.close()
  })
  test('scripts run one after the other, each in a shell of its own', async () => {
    const frames = await opened()
    const all = [1, 2, 3].map(n => frames.run(`x=\${x:-0}; x=$((x + ${n})); echo $x; cd /tmp`, { timeoutMs: 5000 }))
    assert.deepEqual(
      (await Promise.all(all)).map(one => one.output),
      ['1\n', '2\n', '3\n'],
    )
    frames.close()
  })
  test('too much output, silence and a broken connection are Lost', async () => {
    const loud = await opened()
    await assert.rejects(loud.run('yes | head -c 300000', { timeoutMs: 5000, maxBytes: 100_000 }), Lost)
    const silent = await opened()
    await assert.rejects(silent.run('sleep 5', { timeoutMs: 200 }), Lost)
    const broken = await opened()
    await assert.rejects(broken.run('kill -9 $$', { timeoutMs: 5000 }), Lost)
    await assert.rejects(broken.run('echo later', { timeoutMs: 5000 }), Lost)
  })
  test('one that had ended before anybody listened is Lost at once', async () => {
    const child = spawn('sh', ['-c', 'exit 127'], { stdio: 'pipe' })
    await new Promise(resolve => child.once('exit', resolve))
    await assert.rejects(new Frames(child).open(60_000), Lost)
  })
  test('a far side that never answers is given up', async () => {
    const frames = far('exec sleep 20')
    await assert.rejects(frames.open(300), Lost)
  })
})
