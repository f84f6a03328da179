// npm run bench: how long Riegel takes, as ratios to `ssh host true` taken in the same run on one trixie host. Medians
// of alternating runs, 21 where a run is short. Beside it what Debian has for the same purpose, on the same host.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { available, Lab } from './lab/index.js'
import { byKey, fingerprint, Operator } from './support.js'

const possible = available()
if (!possible.ok) {
  process.stderr.write(`bench: ${possible.why}\n`)
  process.exit(2)
}
const bundle = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url))
if (!existsSync(bundle)) throw new Error('dist/cli.js is missing: npm run build')

const runs = { audit: 21, harden: 7 }
const median = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1]!
const timed = async (
  work: () => Promise<{ code: number | null; stderr: string }>,
  fine: readonly number[],
): Promise<number> => {
  const began = performance.now()
  const { code, stderr } = await work()
  const took = performance.now() - began
  if (code === null || !fine.includes(code)) throw new Error(`ended with ${code}: ${stderr.slice(-500)}`)
  return took
}

const lab = await Lab.open('bench')
try {
  const operator = await Operator.in(lab)
  const host = await lab.host({ suite: 'trixie', layers: ['bench'], setup: byKey(operator.keyLine) })
  const print = await fingerprint(host)
  const plain = ['-F', 'none', ...operator.files, '-o', 'StrictHostKeyChecking=no']
  const run = (argv: string[]) => lab.run(argv, { env: operator.env, timeoutMs: 600_000 })
  const riegel = (...words: string[]) => run([process.execPath, bundle, ...words])
  const target = [`root@${host.ip4}`, ...operator.files]
  const hardening = [
    '--host-key',
    print,
    '--yes',
    '--user',
    'anna',
    '--key',
    operator.key,
    '--new-port',
    '301',
    '--sudo',
    'nopasswd',
  ]

  const contenders = {
    'ssh host true': () => timed(() => run(['ssh', ...plain, `root@${host.ip4}`, 'true']), [0]),
    'riegel audit': () => timed(() => riegel('audit', ...target, '--format', 'json'), [1]),
  }
  const times = new Map<string, number[]>(Object.keys(contenders).map(name => [name, []]))
  await contenders['ssh host true']()
  for (let at = 0; at < runs.audit; at++)
    for (const [name, work] of Object.entries(contenders)) times.get(name)!.push(await work())
  const whole: number[] = []
  const beside: number[] = []
  for (let at = 0; at < runs.harden; at++) {
    await host.reset()
    beside.push(await contenders['ssh host true']())
    const words = ['--allow', 'no-console', '--allow', 'others-cut-off', '--skip', 'upkeep', '--format', 'json']
    whole.push(await timed(() => riegel('harden', ...target, ...hardening, ...words), [0]))
  }
  await host.reset()
  const lynis = await timed(
    () => run(['ssh', ...plain, `root@${host.ip4}`, 'lynis audit system --quick --no-colors >/dev/null']),
    [0],
  )
  const sshAudit = await timed(
    () => run(['ssh', ...plain, `root@${host.ip4}`, 'ssh-audit 127.0.0.1 >/dev/null; true']),
    [0],
  )

  const one = median(times.get('ssh host true')!)
  const ratio = (name: string, milliseconds: number, base: number, note = '') =>
    process.stdout.write(
      `${name.padEnd(34)} ${(milliseconds / base).toFixed(2).padStart(7)} times ssh host true ${note}\n`,
    )
  process.stdout.write(
    `Medians of ${runs.audit} alternating runs (harden: ${runs.harden}), one trixie host, Node ${process.version}\n`,
  )
  ratio('riegel audit (full, remote)', median(times.get('riegel audit')!), one, '(at most 2)')
  ratio('riegel harden (whole, no packages)', median(whole), median(beside), '(at most 40)')
  ratio('lynis audit system --quick, once', lynis, one)
  ratio('ssh-audit 127.0.0.1, once', sshAudit, one)
  operator.end()
} finally {
  await lab.close()
}
