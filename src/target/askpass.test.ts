import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { opensKey } from '../keys/own.js'
import { askpassEnvironment, forgetAnswers, type LoginCode } from './askpass.js'
import type { Work } from './dial.js'
import { prove } from './proof.js'
import { Server } from './ssh.js'

const folder = mkdtempSync(join(tmpdir(), 'riegel-askpass-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const passphrase = "it's $HOME of the `key`"
const code: LoginCode = { words: '123456', account: 'anna', host: '[Mail.Example]:301' }
const forKey = "Enter passphrase for key '/home/anna/.ssh/id_ed25519': "
const forCode = '(anna@[mail.example]:301) Verification code: '

const asked = ({ SSH_ASKPASS: helper = '' }: Readonly<Record<string, string>>, prompt: string): string | null => {
  const { status, stdout, signal } = spawnSync(helper, [prompt], { encoding: 'utf8', timeout: 5000 })
  assert.equal(signal, null, 'it does not wait')
  return status === 0 ? stdout : null
}

/** Whatever ssh starts: it writes down what it was given, and what lies in the run's folder. */
const dump = (run: string, into: string): string =>
  `sh -c 'env >${into}/leak; for p in /proc/[0-9]*; do [ $p = /proc/${process.pid} ] || cat $p/environ $p/cmdline; done >>${into}/leak 2>/dev/null; find ${run} -type f -exec cat {} + >${into}/files; ls -l ${run} >${into}/list'`

describe('answers for ssh', () => {
  test('passphrase and code are in no environment, no argument and no file while ssh runs', async () => {
    const into = mkdtempSync(join(folder, 'seen-'))
    const run = mkdtempSync(join(folder, 'run-'))
    const options = ['-F', 'none', '-o', `ProxyCommand=${dump(run, into)}`]
    const server = new Server({ name: 'x', host: 'example.invalid', options }, { folder: run } as Work)
    const key = { name: 'h', type: 'ssh-ed25519', blob: 'AAAA', fingerprint: '' }
    Object.defineProperty(server, 'hostKey', { value: key })
    const identity = { path: '/nowhere', fingerprint: 'x' }
    const way = { user: 'anna', port: 22, identity, passphrase, code: async () => '271828' }
    assert.equal((await prove(server, way, 'none', 8000)).answer, 'none')
    const seen = readFileSync(join(into, 'leak'), 'utf8')
    assert.match(seen, /^SSH_ASKPASS=/m)
    for (const words of [seen, readFileSync(join(into, 'files'), 'utf8')])
      for (const secret of [passphrase, '271828']) assert.ok(!words.includes(secret), secret)
    const list = readFileSync(join(into, 'list'), 'utf8').split('\n')
    assert.equal(list.filter(line => line.startsWith('prw-------')).length, 2, 'the folder was seen with both')
    assert.deepEqual(readdirSync(run), [], 'and nothing is left')
  })

  test('each by its prompt: a passphrase as often as it is asked for, a code once, nothing else', () => {
    const answers = askpassEnvironment(folder, passphrase, code)
    for (const prompt of [forKey, 'Enter passphrase: ', 'Enter passphrase for "/home/anna/k": ', forKey])
      assert.equal(asked(answers, prompt), `${passphrase}\n`, prompt)
    for (const prompt of ["anna@h's password: ", '(anna@[mail.example]:301) Password: ', '', `x ${forKey}`])
      assert.equal(asked(answers, prompt), null, prompt)
    assert.equal(asked(answers, `(anna@[mail.example]:301) ${forKey}`), null, 'a server asks for no passphrase')
    assert.equal(asked(answers, forCode), '123456\n')
    assert.equal(asked(answers, forCode), null)
    assert.equal(asked(answers, forKey), `${passphrase}\n`)
    forgetAnswers(answers)
  })

  test('a PIN as often as a security key asks for it, and no server', () => {
    const answers = askpassEnvironment(folder, '', code, '4711 äß')
    const prompt = 'Enter PIN for ED25519-SK key /home/anna/.ssh/id_ed25519_sk: '
    for (const one of [prompt, 'Enter PIN for ED25519-SK key: ', prompt]) assert.equal(asked(answers, one), '4711 äß\n')
    assert.equal(asked(answers, `(anna@[mail.example]:301) ${prompt}`), null)
    assert.equal(asked(answers, 'Confirm user presence for key ED25519-SK SHA256:x'), null)
    assert.equal(asked(answers, forKey), null, 'there is no passphrase')
    forgetAnswers(answers)
    assert.equal(asked(answers, prompt), null, 'forgotten')
  })

  test('the code is not for a jump host, whatever that one asks', () => {
    const answers = askpassEnvironment(folder, '', code)
    for (const prompt of [
      '(anna@jump) Verification code: ',
      '(otto@[mail.example]:301) Verification code: ',
      '(anna@jump) (anna@[mail.example]:301) Verification code: ',
      '(anna@m) Verification code: ',
    ])
      assert.equal(asked(answers, prompt), null, prompt)
    assert.equal(asked(answers, "(anna@[mail.example]:301) One-time password (OATH) for `anna': "), '123456\n')
    forgetAnswers(answers)
  })

  test('an ssh that names nobody (up to 8.4) is answered', () => {
    const answers = askpassEnvironment(folder, '', code)
    assert.equal(asked(answers, forKey), null, 'there is no passphrase')
    assert.equal(asked(answers, 'Verification code: '), '123456\n')
    forgetAnswers(answers)
  })

  test('ssh-keygen opens a key with it, and with no other', () => {
    const path = join(folder, 'key')
    const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-a', '1', '-N', passphrase, '-f', path])
    assert.equal(made.status, 0)
    for (const [words, opens] of [
      [passphrase, true],
      ['another', false],
      ['x'.repeat(100_000), false],
      ['', false],
    ] as const) {
      const answers = askpassEnvironment(folder, words)
      assert.equal(opensKey(path, answers), opens)
      forgetAnswers(answers)
    }
  })

  test('forgotten, there is no answer, no file, and nothing is held open', () => {
    const run = mkdtempSync(join(folder, 'forget-'))
    const open = () => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0)
    const before = open()
    const answers = askpassEnvironment(run, passphrase, code)
    assert.equal(statSync(answers['SSH_ASKPASS']!).mode & 0o777, 0o700)
    assert.equal(readdirSync(run).length, 3)
    forgetAnswers(answers)
    forgetAnswers(answers)
    forgetAnswers({})
    assert.deepEqual(readdirSync(run), [])
    assert.equal(open(), before)
  })

  test('where Riegel was killed nothing waits for an answer that will not come', async () => {
    const module = JSON.stringify(new URL('./askpass.js', import.meta.url).href)
    const script = `import { askpassEnvironment } from ${module}
console.log(askpassEnvironment(${JSON.stringify(folder)}, 'p', { words: '1', account: 'a', host: 'h' }).SSH_ASKPASS)
setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const helper = await new Promise<string>(resolve => child.stdout.once('data', line => resolve(String(line).trim())))
    child.kill('SIGKILL')
    await new Promise(resolve => child.once('exit', resolve))
    assert.ok(existsSync(`${helper}.code`), 'it was killed with the answers in place')
    assert.equal(asked({ SSH_ASKPASS: helper }, forKey), null)
    assert.equal(asked({ SSH_ASKPASS: helper }, '(a@h) Verification code: '), null)
  })
})
