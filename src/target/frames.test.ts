import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { describe, test } from 'node:test'
import { Lost } from '../model/target.js'
import { bootstrap } from './dial.js'
import { Frames } from './frames.js'

const both = (ms: number) => ({ beforeMs: ms, afterMs: ms })
/** Little silence is borne once it runs; until then a busy machine has its time. */
const once = (afterMs: number) => ({ beforeMs: 10_000, afterMs })

/** The far side: a login shell that may say something of its own first, then what ssh would run. */
const far = (before = '', silence?: number): Frames =>
  new Frames(
    spawn('sh', ['-c', `${before}\n${bootstrap}`], { stdio: 'pipe', env: { PATH: process.env['PATH'] } }),
    silence === undefined ? undefined : both(silence),
  )

/** A far side that lies: learns the token as the loop does, says it is ready, then runs a shell script of its own. */
const liar = (script: string, borne?: { readonly beforeMs: number; readonly afterMs: number }): Frames =>
  new Frames(
    spawn(
      'sh',
      [
        '-c',
        `IFS= read -r n; head -c "$n" >/dev/null; IFS= read -r first; t=\${first% go}
say() { printf '\\n%s %s\\n' "$t" "$*"; }
${script}`,
      ],
      { stdio: 'pipe', env: { PATH: process.env['PATH'] } },
    ),
    borne,
  )

const lostIn = async (work: Promise<unknown>): Promise<{ why: string; ms: number }> => {
  const began = performance.now()
  const error = await work.then(
    () => assert.fail('it must not resolve'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof Lost, String(error))
  return { why: error.why, ms: performance.now() - began }
}

const opened = async (before = '', silence?: number): Promise<Frames> => {
  const frames = far(before, silence)
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
    const frames = new Frames(spawn('sh', ['-c', 'exit 127'], { stdio: 'pipe' }))
    frames.hear({ out: '', err: 'Password change required', over: true })
    await assert.rejects(frames.open(60_000), Lost)
    assert.equal(frames.stderr, 'Password change required')
  })
  test('what takes longer than the silence that is borne is waited for, since its shell says so', async () => {
    const frames = await opened('', 9000)
    const { output } = await frames.run('printf "one\\n"; sleep 10; printf "two\\n"', { timeoutMs: 60_000 })
    assert.equal(output, 'one\ntwo\n', 'and its sign of life is no part of the answer')
    frames.close()
  })
  test('its voice ends with it: nothing is left that would hold the connection open', async () => {
    const child = spawn('sh', ['-c', bootstrap], { stdio: 'pipe', env: { PATH: process.env['PATH'] } })
    const frames = new Frames(child)
    await frames.open(10_000)
    const closed = new Promise(resolve => child.once('close', resolve))
    child.stdin.end()
    // with its sleep left it would be five seconds, and a busy machine has its time
    const held = Promise.race([closed.then(() => 'closed'), new Promise(resolve => setTimeout(resolve, 4500, 'held'))])
    assert.equal(await held, 'closed')
  })
  test('silence is given up, before it is ready, after it, and within an answer', async () => {
    for (const [script, opens] of [
      ['sleep 30', false],
      ['say ready 0 root; exec sleep 30', true],
      ['say ready 0 root; say out; exec sleep 30', true],
    ] as const) {
      const frames = liar(script, opens ? once(500) : both(500))
      if (opens) await frames.open(10_000)
      const { why, ms } = await lostIn(opens ? frames.run('true', { timeoutMs: 60_000 }) : frames.open(60_000))
      assert.equal(why, 'silent', script)
      assert.ok(ms < 30_000, `${script}: ${ms}`)
    }
  })
  test('a trickle of bytes is silence too; a slow answer is not', async () => {
    const trickle = liar('say ready 0 root; say out; while sleep 0.1; do printf x; done', once(800))
    await trickle.open(10_000)
    const { why, ms } = await lostIn(trickle.run('true', { timeoutMs: 60_000 }))
    assert.ok(why === 'silent' && ms < 30_000, `${why} after ${ms}`)
    const slow = liar(
      `sleep 0.3; say ready 0 root; sleep 0.3; say out; i=0; while [ $i -lt 8 ]; do i=$((i + 1)); sleep 0.5; head -c 1024 /dev/zero; done; say end 0`,
      once(3000),
    )
    await slow.open(10_000)
    assert.equal((await slow.run('true', { timeoutMs: 60_000 })).output.length, 8192)
    slow.close()
  })
  test('more silence is borne before a shell runs there than after', async () => {
    const child = spawn('sh', ['-c', `sleep 1; ${bootstrap}`], { stdio: 'pipe', env: { PATH: process.env['PATH'] } })
    const frames = new Frames(child, { beforeMs: 8000, afterMs: 300 })
    await frames.open(10_000)
    const { why, ms } = await lostIn(frames.run('sleep 4', { timeoutMs: 60_000 }))
    assert.equal(why, 'silent')
    assert.ok(ms < 30_000, String(ms))
  })
  test('one that says for ever that it is at work has its time, and no more', async () => {
    const frames = liar('say ready 0 root; while sleep 0.1; do say wait; done', once(10_000))
    await frames.open(10_000)
    const { why, ms } = await lostIn(frames.run('true', { timeoutMs: 1500 }))
    assert.equal(why, 'silent')
    assert.ok(ms >= 1500 && ms < 9000, String(ms))
  })
  test('an answer without an end is given up, before it is ready and after it', async () => {
    assert.equal((await lostIn(far('yes').open(60_000))).why, 'endless')
    assert.equal((await lostIn(liar('while say foo; do :; done').open(60_000))).why, 'endless')
    const frames = liar('say ready 0 root; say out; yes')
    await frames.open(10_000)
    assert.equal((await lostIn(frames.run('true', { timeoutMs: 60_000 }))).why, 'endless')
  })
  test('what was said before it was asked for answers nothing', async () => {
    const frames = liar('say ready 0 root; say out; say end 0; sleep 30', once(500))
    await frames.open(10_000)
    await new Promise(resolve => setTimeout(resolve, 200))
    assert.equal((await lostIn(frames.run('true', { timeoutMs: 60_000 }))).why, 'silent')
  })
  test('lines of ours that are cut anywhere are read; those that are not whole are not', async () => {
    const cut = liar(
      `p() { printf %s "$1"; sleep 0.05; }; nl='
'; p "noise$nl"; p "riegel-"; p "$nl"; p "\${t%????}"; p "\${t#????????????????????????????????????}"; p "\${t#\${t%????}}"; p "$nl$nl$t rea"; p 'dy 0 ro'; p "ot$nl"
IFS=' ' read -r w n m; head -c "$n" >/dev/null; p "$nl$t o"; p "ut$nl"; p "a$nl"; p "$nl$t wa"; p "it$nl"; p "b$nl"; p "$nl$t"; p " end"; p " 7$nl"; exec sleep 30`,
      once(5000),
    )
    assert.deepEqual(await cut.open(10_000), { state: 'ready', uid: 0, account: 'root' })
    assert.deepEqual(await cut.run('true', { timeoutMs: 5000 }), { output: 'a\nb\n', status: 7 })
    cut.close()
    for (const half of ['say ready 0', 'say ready', 'say ready x root', `printf '\\n%s ready 0 root' "$t"`]) {
      const frames = liar(`${half}; exec sleep 30`, both(300))
      assert.equal((await lostIn(frames.open(10_000))).why, 'silent', half)
    }
  })
  test('sudo that says nothing at all is no refusal', async () => {
    const frames = liar('say password root; exec sleep 30', once(400))
    assert.deepEqual(await frames.open(10_000), { state: 'password', account: 'root' })
    assert.equal((await lostIn(frames.become({ sudo: 'x' }, 60_000))).why, 'silent')
  })
  test('a far side that never answers is given up', async () => {
    const frames = far('exec sleep 20')
    await assert.rejects(frames.open(300), Lost)
  })
})
