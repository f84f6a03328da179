import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Trouble } from '../model/trouble.js'
import { addToAgent, makeLockedKey, rewriteKey, tighten } from './mend.js'
import { privateKeysIn } from './private-file.js'

const top = realpathSync(mkdtempSync(join(tmpdir(), 'riegel-mend-')))
after(() => rmSync(top, { recursive: true, force: true }))
let count = 0
const folder = () => {
  const path = join(top, String(count++))
  mkdirSync(path, { mode: 0o700 })
  return path
}
const words = `ein "langer" Satz, $(id) 'und' \\ Ü`
const passphrase = { words }
const never = () => {}
const make = (passphraseNow: string, ...more: string[]) => {
  const path = join(folder(), 'id')
  const { status } = spawnSync('ssh-keygen', ['-q', '-N', passphraseNow, '-C', 'of me', '-f', path, ...more])
  assert.equal(status, 0)
  return path
}
const publicOf = (path: string, by: string) =>
  spawnSync('ssh-keygen', ['-y', '-P', by, '-f', path], { encoding: 'utf8' }).stdout.split(' ').slice(0, 2).join(' ')
const code = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    return error instanceof Trouble ? error.code : assert.fail(String(error))
  }
  return 'fine'
}
const left = (path: string) => readdirSync(join(path, '..')).sort()

describe('a new key', () => {
  test('ed25519, under the passphrase, whatever letters it has', () => {
    const path = join(folder(), 'new', 'id')
    assert.equal(makeLockedKey(path, passphrase), `${path}.pub`)
    const [key] = privateKeysIn(readFileSync(path))
    assert.deepEqual([key!.type, key!.encrypted, statSync(path).mode & 0o777], ['ed25519', true, 0o600])
    assert.match(publicOf(path, words), /^ssh-ed25519 /)
  })

  test('nothing is overwritten, and nothing is left of one without a passphrase', () => {
    const path = make('', '-t', 'ed25519')
    assert.equal(
      code(() => makeLockedKey(path, passphrase)),
      'file-exists',
    )
    rmSync(path)
    assert.equal(
      code(() => makeLockedKey(path, passphrase)),
      'file-exists',
    )
    const other = join(folder(), 'id')
    assert.equal(
      code(() => makeLockedKey(other, { words: '' })),
      'no-passphrase',
    )
    assert.deepEqual(left(other), [])
    assert.equal(
      code(() => makeLockedKey('/proc/nowhere/id', passphrase)),
      'no-key-made',
    )
  })

  test('its passphrase is in no argument and no environment of any process', async () => {
    const path = join(folder(), 'id')
    const secret = 'Xq7-never-to-be-seen'
    const scratch = folder()
    // a process of its own, since this one cannot look around while it waits
    const child = spawn(
      process.execPath,
      [
        '-e',
        `import(${JSON.stringify(new URL('./mend.js', import.meta.url).href)}).then(m => m.makeLockedKey(${JSON.stringify(path)}, { words: require('fs').readFileSync(0, 'utf8') }))`,
      ],
      { stdio: ['pipe', 'inherit', 'inherit'], env: { ...process.env, TMPDIR: scratch } },
    )
    child.stdin.end(secret)
    let looked = 0
    let ended = false
    child.on('exit', () => {
      ended = true
    })
    while (!ended) {
      for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name)))
        for (const file of ['cmdline', 'environ'])
          try {
            looked += 1
            assert.ok(!readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(secret), `${pid} ${file}`)
          } catch (error) {
            if (error instanceof assert.AssertionError) throw error
          }
      await new Promise(resolve => setTimeout(resolve, 2))
    }
    assert.ok(looked > 100)
    assert.match(publicOf(path, secret), /^ssh-ed25519 /)
    assert.deepEqual(readdirSync(scratch), [])
  })
})

describe('a key written anew', () => {
  for (const [what, before, more] of [
    ['bare, new format', '', ['-t', 'ed25519']],
    ['bare, old format', '', ['-t', 'rsa', '-b', '3072', '-m', 'PEM']],
    ['bare, PKCS #8', '', ['-t', 'ecdsa', '-m', 'PKCS8']],
    ['locked in the old format', words, ['-t', 'rsa', '-b', '3072', '-m', 'PEM']],
  ] as const)
    test(what, () => {
      const path = make(before, ...more)
      const was = readFileSync(path)
      const same = publicOf(path, before)
      let again = 0
      const backup = rewriteKey(path, passphrase, () => {
        again += 1
      })
      const [key] = privateKeysIn(readFileSync(path))
      assert.deepEqual([key!.format, key!.encrypted, again], ['openssh', true, 1])
      assert.equal(publicOf(path, words), same)
      assert.notEqual(publicOf(path, ''), same)
      assert.equal(backup, `${path}.before-riegel`)
      assert.deepEqual(readFileSync(backup), was)
      assert.equal(statSync(backup).mode & 0o777, 0o600)
      assert.deepEqual(left(path), ['id', 'id.before-riegel', 'id.pub'])
    })

  test('as an editor left it: CRLF, UTF-16, a remark, mode 0644; through a link, which stays one', () => {
    const path = make('', '-t', 'ed25519')
    const same = publicOf(path, '')
    const plain = readFileSync(path, 'latin1')
    writeFileSync(
      path,
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`my key\r\n${plain.replaceAll('\n', '\r\n')}`, 'utf16le')]),
    )
    chmodSync(path, 0o644)
    const link = join(folder(), 'link')
    symlinkSync(path, link)
    rewriteKey(link, passphrase, never)
    assert.equal(realpathSync(link), path)
    assert.equal(publicOf(path, words), same)
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('a second time: the first backup stays', () => {
    const path = make('', '-t', 'ed25519')
    assert.equal(rewriteKey(path, passphrase, never), `${path}.before-riegel`)
    assert.equal(rewriteKey(path, passphrase, never), `${path}.before-riegel-2`)
  })

  test('what does not work leaves the file as it was, and nothing beside it', () => {
    const untouched = (path: string, by: { words: string }, expected: string) => {
      const was = readFileSync(path)
      const names = left(path)
      assert.equal(
        code(() => rewriteKey(path, by, never)),
        expected,
      )
      assert.deepEqual(readFileSync(path), was)
      assert.deepEqual(left(path), names)
    }
    untouched(make('secret words', '-t', 'rsa', '-b', '3072', '-m', 'PEM'), { words: 'wrong words' }, 'not-rewritten')
    untouched(make('', '-t', 'ed25519'), { words: '' }, 'no-passphrase')
    const two = make('', '-t', 'ed25519')
    writeFileSync(two, readFileSync(two, 'latin1').repeat(2))
    untouched(two, passphrase, 'cannot-rewrite')
    const pkcs8 = join(folder(), 'id')
    writeFileSync(pkcs8, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
    })
    untouched(pkcs8, passphrase, 'cannot-rewrite')
    const none = join(folder(), 'config')
    writeFileSync(none, 'Host *\n')
    untouched(none, passphrase, 'cannot-rewrite')
    assert.equal(
      code(() => rewriteKey(join(top, 'missing'), passphrase, never)),
      'bad-key',
    )
  })

  test('changed by somebody else while ssh-keygen was at it: theirs stays', () => {
    const path = make('', '-t', 'ed25519')
    assert.equal(
      code(() => rewriteKey(path, passphrase, () => writeFileSync(path, 'theirs'))),
      'changed-since',
    )
    assert.equal(readFileSync(path, 'utf8'), 'theirs')
    assert.deepEqual(left(path), ['id', 'id.pub'])
  })
})

describe('modes and the agent', () => {
  test('what others may do is taken away, and nothing of what the owner may', () => {
    const path = make('', '-t', 'ed25519')
    chmodSync(path, 0o444)
    assert.deepEqual(tighten(path), [0o444, 0o400])
    const place = folder()
    chmodSync(place, 0o2775)
    assert.deepEqual(tighten(place), [0o2775, 0o2755])
    assert.equal(
      code(() => tighten(join(top, 'missing'))),
      'not-tightened',
    )
  })

  test('an agent gets the key by the same passphrase; without one that is said', () => {
    const path = join(folder(), 'id')
    makeLockedKey(path, passphrase)
    const socket = join(folder(), 'agent')
    const before = process.env['SSH_AUTH_SOCK']
    try {
      delete process.env['SSH_AUTH_SOCK']
      assert.equal(
        code(() => addToAgent(path, passphrase)),
        'no-agent',
      )
      const said = spawnSync('ssh-agent', ['-a', socket, '-s'], { encoding: 'utf8' }).stdout
      process.env['SSH_AUTH_SOCK'] = socket
      try {
        assert.equal(
          code(() => addToAgent(path, { words: 'wrong' })),
          'not-added',
        )
        addToAgent(path, passphrase)
        assert.ok(
          spawnSync('ssh-add', ['-L'], { encoding: 'utf8' }).stdout.includes(
            readFileSync(`${path}.pub`, 'utf8').split(' ')[1]!,
          ),
        )
      } finally {
        process.kill(Number(/SSH_AGENT_PID=(\d+)/.exec(said)?.[1]))
      }
    } finally {
      if (before === undefined) delete process.env['SSH_AUTH_SOCK']
      else process.env['SSH_AUTH_SOCK'] = before
    }
  })
})
