// Installs what package-lock.json names when it is not there yet, without npm's life-cycle hooks (ignore-scripts would
// skip them silently). Safe against a second run beside it, a kill midway and a changed lock file.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

const stamp = 'node_modules/.installed-from'
const lock = '.install.lock'
const read = path => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
const wanted = createHash('sha256')
  .update(read('package.json') + read('package-lock.json') + process.platform + process.arch)
  .digest('hex')
const alive = pid => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
const npm = (...words) => {
  const env = { ...process.env }
  for (const name of Object.keys(env))
    if (/^npm_config_(?!registry|cache|userconfig|globalconfig|cafile)/i.test(name)) delete env[name]
  const cli = process.env.npm_execpath
  const [program, ...before] = cli ? [process.execPath, cli] : ['npm']
  const all = [...before, ...words, '--include=dev', '--include=optional', '--no-audit', '--no-fund']
  return spawnSync(program, all, { stdio: ['ignore', 2, 2], env }).status === 0
}

while (read(stamp) !== wanted) {
  try {
    writeFileSync(lock, `${process.pid}`, { flag: 'wx' })
  } catch {
    const holder = Number(read(lock))
    if (!holder || !alive(holder)) rmSync(lock, { force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    continue
  }
  try {
    if (read(stamp) === wanted) break
    if (!npm('ci') && !npm('install', '--no-save')) {
      console.error('npm could not install the tools: is the registry reachable?')
      process.exit(2)
    }
    writeFileSync(stamp, wanted)
  } finally {
    rmSync(lock, { force: true })
  }
}
process.env.PATH = `${process.cwd()}/node_modules/.bin:${process.env.PATH}`
