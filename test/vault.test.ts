// `riegel vault`, and what is put into vaults, as whole commands: beside keepassxc-cli, and against hostile files.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Report } from '../src/model/report.js'
import { reportSchema } from '../src/report/schemas.js'
import { addEntry } from '../src/vault/entry.js'
import { writeHeader } from '../src/vault/header.js'
import { seal, sealFour } from '../src/vault/write.js'
import { keepassxc, missing, passwordFile, pykeepass } from './fixtures/keepass.js'
import { smallList } from './fixtures/leak-list.js'
import { aesWords, argon2Words, forged, forgedHeader, forgedOld, password, recorded } from './fixtures/vault.js'
import { underTerminal } from './live/lab/pty.js'

const program = fileURLToPath(new URL('../src/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'riegel-vault-'))
const home = join(folder, 'home')
mkdirSync(home)
after(() => rmSync(folder, { recursive: true, force: true }))
const env = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8' }
const now = new Date()
const key = passwordFile(join(folder, 'pw'), password)

interface Ran {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly ms: number
  /** the most memory it held, in MiB, looked at every few milliseconds */
  readonly mib: number
}

const riegel = (...words: readonly string[]): Promise<Ran> =>
  new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(process.execPath, [program, ...words], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 60_000,
    })
    let [stdout, stderr, mib] = ['', '', 0]
    const looking = setInterval(() => {
      try {
        const held = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))
        mib = Math.max(mib, Number(held?.[1] ?? 0) / 1024)
      } catch {
        // ended meanwhile
      }
    }, 20)
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk))
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
    child.on('error', reject)
    child.on('close', status => {
      clearInterval(looking)
      resolve({ status, stdout, stderr, mib, ms: performance.now() - started })
    })
  })

const place = (name: string, file: Buffer): string => {
  const path = join(folder, name)
  writeFileSync(path, file)
  return path
}
const reportOf = ({ stdout }: Ran): Report => reportSchema.parse(JSON.parse(stdout)) as Report
const verdicts = (ran: Ran) => Object.fromEntries(reportOf(ran).findings.map(({ rule, verdict }) => [rule, verdict]))

/** A vault with every fault that a rule names, and the passwords in it. */
const faulty = async () => {
  const vault = await forged({ kdf: argon2Words({ memory: 1024n * 1024n }) })
  const put = (title: string, password: string, url = '', user = 'lotse-7', otp?: string) =>
    addEntry(vault, { title, user, password, url, ...(otp && { otp }) }, now)
  const strong = 'VxE34n.Mtu44QhUUjsMk'
  put('Weak', 'hunter2')
  put('Twice', strong, 'https://none.example/login')
  put('Again', strong, 'https://www.big.example')
  put('Strong', 'kq7m.f3ta.w9hd.rb5n.x4cp', 'https://big.example', 'admin', 'otpauth://totp/x?secret=JBSWY3DPEHPK3PXP')
  return { path: place('faulty.kdbx', seal(vault)), secrets: ['hunter2', strong, 'kq7m.f3ta', password, 'JBSWY3DP'] }
}

const sites = (more: object = {}): string => {
  const all = Array.from({ length: 600 }, (_, at) => [
    `site${at}.example.net`,
    at % 3 === 0 ? {} : { methods: ['totp'] },
  ])
  const words = { ...Object.fromEntries(all), 'big.example': { methods: ['totp', 'u2f'] }, 'none.example': {}, ...more }
  return place('all.json', Buffer.from(JSON.stringify(words)))
}

describe('riegel vault', () => {
  test('judges a vault: every rule, titles but no password, the list of providers with its digest', async () => {
    const { path, secrets } = await faulty()
    const leaks = place('leaks.txt', Buffer.from(`${smallList({ hunter2: 17_043 }).join('\r\n')}\r\n`))
    const directory = sites()
    const words = ['vault', path, '--password-file', key, '--leaks', leaks, '--directory', directory, '--offline']
    const facts = join(folder, 'facts.json')
    const [ran, terminal] = [
      await riegel(...words, '--format', 'json', '--save-facts', facts),
      await riegel(...words, '--lang', 'de', '--verbose'),
    ]
    assert.equal(ran.status, 1)
    assert.deepEqual(verdicts(ran), {
      'passwords/weak': 'fail',
      'passwords/leaked': 'fail',
      'passwords/reused': 'fail',
      'passwords/weak-vault': 'fail',
      'passwords/without-second-factor': 'fail',
    })
    const problems = Object.fromEntries(
      reportOf(ran).findings.map(({ rule, problems }) => [rule, problems.map(one => one.key)]),
    )
    assert.deepEqual(problems, {
      'passwords/weak': ['Weak'],
      'passwords/leaked': ['Weak'],
      'passwords/reused': ['Twice'],
      'passwords/weak-vault': ['password', 'kdf'],
      'passwords/without-second-factor': ['Again', 'Twice'],
    })
    const digest = createHash('sha256').update(readFileSync(directory)).digest('hex')
    assert.match(JSON.stringify(reportOf(ran).notes), new RegExp(digest))
    assert.match(terminal.stdout, /wechsle ihn, wenn\s+du kannst/)
    assert.match(terminal.stdout, /Passwort und\s+zweiten\s+Faktor\s+im\s+selben\s+Tresor/)
    assert.match(terminal.stdout, /Standard-Benutzernamen:\s+Strong/)
    assert.doesNotMatch(terminal.stdout, /ohne root|riegel harden/)
    const all = [ran.stdout, ran.stderr, terminal.stdout, terminal.stderr, readFileSync(facts, 'utf8')].join('\n')
    for (const secret of secrets)
      for (const form of [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')])
        assert.ok(!all.includes(form), secret)
  })

  test('what cannot be looked up is unknown, and a good vault ends with 0', async () => {
    const vault = await forged({
      kdf: argon2Words({ memory: 64n * 1024n * 1024n, rounds: 2n }),
      credentials: { password: Buffer.from('kq7m.f3ta.w9hd.rb5n'), keyFile: null },
    })
    addEntry(
      vault,
      { title: 'Good', user: 'lotse-7', password: 'VxE34n.Mtu44QhUUjsMk', url: 'https://big.example' },
      now,
    )
    const path = place('good.kdbx', seal(vault))
    const pw = passwordFile(join(folder, 'good-pw'), 'kq7m.f3ta.w9hd.rb5n')
    const offline = await riegel('vault', path, '--password-file', pw, '--offline', '--format', 'json')
    assert.equal(offline.status, 1)
    assert.deepEqual(verdicts(offline), {
      'passwords/weak': 'pass',
      'passwords/leaked': 'unknown',
      'passwords/reused': 'pass',
      'passwords/weak-vault': 'pass',
      'passwords/without-second-factor': 'unknown',
    })
    const leaks = place('leaks2.txt', Buffer.from(`${smallList().join('\r\n')}\r\n`))
    const skip = ['--skip', 'passwords/without-second-factor', '--leaks', leaks]
    const good = await riegel('vault', path, '--password-file', pw, ...skip)
    assert.equal(good.status, 0, good.stdout + good.stderr)
    assert.match(good.stdout, /No findings/)
  })

  test('the list of providers is remembered by its digest: another one counts only after consent', async () => {
    const { path } = await faulty()
    const only = ['--only', 'passwords/without-second-factor', '--format', 'json']
    const run = async (...more: readonly string[]) =>
      verdicts(await riegel('vault', path, '--password-file', key, '--offline', ...only, ...more))
    const rule = 'passwords/without-second-factor'
    const other = sites({ 'more.example': {} })
    assert.equal((await run('--directory', other))[rule], 'unknown')
    assert.equal((await run('--directory', other, '--consent', 'directory'))[rule], 'fail')
    assert.equal((await run('--directory', other))[rule], 'fail')
    assert.equal((await run('--directory', place('v3.json', Buffer.from('[["Example",{}]]'))))[rule], 'unknown')
    assert.equal((await run())[rule], 'unknown')
    const gone = await riegel('vault', path, '--password-file', key, '--offline', '--directory', join(folder, 'nope'))
    assert.deepEqual([gone.status, gone.stdout], [2, ''])
  })

  test('asks for the password without showing it; where nobody can be asked it says so', async () => {
    const { path } = await faulty()
    const words = [process.execPath, program, 'vault', path, '--offline', '--only', 'passwords/reused']
    const { code, output } = await underTerminal(words, [{ expect: /Password of .*: /, send: `${password}\r` }], {
      env,
    })
    assert.equal(code, 1)
    assert.match(output, /"Twice": the same password as "Again"/)
    assert.ok(!output.includes(password))
    const wrong = await underTerminal(words, [{ expect: /Password of .*: /, send: 'wrong\r' }], { env })
    assert.deepEqual([wrong.code, wrong.matched], [2, [3]])
    const silent = await riegel('vault', path, '--offline')
    assert.equal(silent.status, 2)
    assert.match(silent.stderr, /cannot-ask|--password-file FILE/)
    assert.equal((await riegel('vault')).status, 2)
    const pipe = join(folder, 'pipe.kdbx')
    spawnSync('mkfifo', [pipe])
    for (const none of [pipe, '/dev/zero', folder, join(folder, 'nope.kdbx')]) {
      const ran = await riegel('vault', none, '--password-file', key, '--offline')
      assert.deepEqual([ran.status, ran.stdout], [2, ''], none)
      assert.match(ran.stderr, /^Error: .*: (no file|cannot be read)\nHint: .*\n$/, none)
    }
  })
})

describe('files that would do harm, as whole commands', () => {
  const gigabyte = 1e9 / 1024 ** 2
  /** At most two lines, exit 2, under 20 s and 1 GB, the file as it was. */
  const refused = async (name: string, file: Buffer): Promise<Ran> => {
    const path = place(`hostile-${name}.kdbx`, file)
    const before = statSync(path).mtimeMs
    const ran = await riegel('vault', path, '--password-file', key, '--offline')
    assert.equal(ran.status, 2, `${name}: ${ran.stderr}`)
    assert.equal(ran.stdout, '', name)
    assert.match(ran.stderr, /^Error: .*\nHint: .*\n$/, name)
    assert.ok(ran.ms < 20_000, `${name}: ${ran.ms} ms`)
    assert.ok(ran.mib < gigabyte, `${name}: ${ran.mib} MiB`)
    assert.deepEqual(readFileSync(path), file, name)
    assert.equal(statSync(path).mtimeMs, before, name)
    return ran
  }
  const alone = (how: Parameters<typeof forgedHeader>[0]) => {
    const bytes = writeHeader(forgedHeader(how))
    return Buffer.concat([bytes, createHash('sha256').update(bytes).digest(), Buffer.alloc(1000)])
  }

  test('changed, cut, of another kind', { timeout: 120_000 }, async () => {
    const [{ file }, old] = [recorded()[1]!, seal(await forgedOld())]
    const flip = (from: Buffer, at: number) => {
      const copy = Buffer.from(from)
      copy[at] = copy[at]! ^ 4
      return copy
    }
    await refused('empty', Buffer.alloc(0))
    await refused('text', Buffer.from('no vault\n'))
    await refused('kdb', Buffer.from('03d9a29a65fb4bb500000000', 'hex'))
    for (const at of [5, 9, 40, 150, 300, 700, file.length - 3]) await refused(`flip-${at}`, flip(file, at))
    for (const at of [10, 100, 300, file.length - 40, file.length - 1]) await refused(`cut-${at}`, file.subarray(0, at))
    for (const at of [30, 120, old.length - 5]) await refused(`old-flip-${at}`, flip(old, at))
    await refused('old-cut', old.subarray(0, old.length - 16))
    const wrong = await forged({ credentials: { password: Buffer.from('other'), keyFile: null } })
    assert.match((await refused('wrong', seal(wrong))).stderr, /does not fit/)
  })

  test('memory and rounds without end, bombs', { timeout: 120_000 }, async t => {
    const shown: string[] = []
    const costly = async (name: string, file: Buffer) => {
      const { ms, mib, stderr } = await refused(name, file)
      shown.push(`${name}: ${Math.round(ms)} ms, ${Math.round(mib)} MiB, ${stderr.split('\n')[0]}`)
    }
    await costly('memory', alone({ kdf: argon2Words({ memory: 2n ** 62n }) }))
    const mib = 1024n ** 2n
    await costly('1 GiB', alone({ kdf: argon2Words({ memory: 1024n * mib, rounds: 1n }) }))
    await costly('2 GiB', alone({ kdf: argon2Words({ memory: 2048n * mib, rounds: 1n }) }))
    // the most that is taken, by a header and by whoever knows the key
    const dear = argon2Words({ memory: 768n * mib, rounds: 1n })
    await costly('768 MiB', alone({ kdf: dear }))
    const large = await forged({ kdf: dear })
    const packed = Array<Buffer>(64).fill(gzipSync(Buffer.alloc(64 * 1024 * 1024)))
    await costly('768 MiB and gzip', sealFour(large.header, large.key, Buffer.concat(packed)))
    await costly('passes', alone({ kdf: argon2Words({ memory: 64n * 1024n ** 2n, rounds: 2n ** 31n }) }))
    await costly(
      'old passes',
      alone({ kdf: argon2Words({ memory: 64n * 1024n ** 2n, rounds: 2n ** 31n, version: 0x10 }) }),
    )
    await costly('lanes', alone({ kdf: argon2Words({ lanes: 2 ** 24 - 1 }) }))
    await costly('rounds', alone({ kdf: aesWords(2n ** 63n) }))
    await costly('2^31 rounds', alone({ kdf: aesWords(2n ** 31n) }))
    const { header, key: derived } = await forged()
    const zeros = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    await costly('gzip', sealFour(header, derived, Buffer.concat(Array<Buffer>(64).fill(zeros))))
    const vault = await forged()
    const lol = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    await costly('xml', seal({ ...vault, document: { ...vault.document, before: lol } }))
    const many = '<a/>'.repeat(4_100_000)
    await costly('elements', seal({ ...vault, document: { ...vault.document, before: `<x>${many}</x>` } }))
    for (const line of shown) t.diagnostic(line)
  })
})

describe('a vault that is as dear as may be', () => {
  test('is judged, in less than 1 GB', { timeout: 60_000 }, async t => {
    const vault = await forged({ kdf: argon2Words({ memory: 768n * 1024n ** 2n, rounds: 1n }) })
    addEntry(vault, { title: 'a', user: 'u', password: 'hunter2' }, now)
    const ran = await riegel('vault', place('dear.kdbx', seal(vault)), '--password-file', key, '--offline')
    assert.equal(ran.status, 1, ran.stderr)
    t.diagnostic(`${Math.round(ran.ms)} ms, ${Math.round(ran.mib)} MiB`)
    assert.ok(ran.mib * 1024 ** 2 < 1e9, `${ran.mib} MiB`)
  })
})

describe('a password that refers to itself, many times', () => {
  test('is told as a broken reference, before it has grown', { timeout: 60_000 }, async () => {
    const vault = await forged()
    addEntry(vault, { title: 'a', user: 'u', password: '{REF:P@T:a}'.repeat(50) }, now)
    const path = place('references.kdbx', seal(vault))
    const words = ['vault', path, '--password-file', key, '--offline', '--only', 'passwords/reused', '--verbose']
    const ran = await riegel(...words)
    assert.equal(ran.status, 0, ran.stderr)
    assert.match(ran.stdout, /1\s+not\s+at\s+all:\s+the\s+reference\s+leads\s+nowhere/)
    assert.ok(ran.stderr.trim().split('\n').length <= 2, ran.stderr)
    assert.ok(ran.mib < 400, `${ran.mib} MiB`)
  })
})

describe('beside keepassxc-cli and pykeepass', { skip: missing ?? false }, () => {
  const found = async (path: string, ...words: readonly string[]) => {
    const saved = join(folder, 'seen.json')
    const ran = await riegel('vault', path, '--offline', '--only', 'passwords/reused', '--save-facts', saved, ...words)
    assert.notEqual(ran.status, 2, `${path} ${words.join(' ')}: ${ran.stderr}`)
    return JSON.parse(readFileSync(saved, 'utf8')).sections as {
      passwords: { value: { key: string }[] }
      vault: { value: { format: string; kdf: string; keyFile: boolean } }
    }
  }

  test('KDBX 3.1, made by keepassxc-cli, with a key file too', { timeout: 120_000 }, async () => {
    const path = join(folder, 'cli.kdbx')
    keepassxc(`${password}\n${password}`, 'db-create', '-q', '-p', '-t', '100', path)
    keepassxc(`${password}`, 'add', '-q', '-g', '-u', 'lotse', path, 'Mail')
    const seen = await found(path, '--password-file', key)
    assert.deepEqual(
      [seen.vault.value.format, seen.vault.value.kdf, seen.passwords.value.map(one => one.key)],
      ['3.1', 'aes-kdf', ['Mail']],
    )
    const [other, keyFile] = [join(folder, 'cli2.kdbx'), join(folder, 'cli2.keyx')]
    keepassxc(null, 'db-create', '-q', '-k', keyFile, '-t', '100', other)
    assert.ok((await found(other, '--key-file', keyFile)).vault.value.keyFile)
  })

  test('KDBX 4 of every kind, made by pykeepass: ciphers, derivations, key files', { timeout: 240_000 }, async () => {
    const bytes = createHash('sha256').update('key file').digest()
    const hash = createHash('sha256').update(bytes).digest().subarray(0, 4).toString('hex').toUpperCase()
    const xml = (version: string, data: string) =>
      `<?xml version="1.0" encoding="utf-8"?>\n<KeyFile><Meta><Version>${version}</Version></Meta><Key>${data}</Key></KeyFile>\n`
    const keyFiles = {
      raw: place('raw.key', bytes),
      hex: place('hex.key', Buffer.from(bytes.toString('hex'))),
      v1: place('v1.key', Buffer.from(xml('1.00', `<Data>${bytes.toString('base64')}</Data>`))),
      v2: place(
        'v2.keyx',
        Buffer.from(xml('2.0', `<Data Hash="${hash}">${bytes.toString('hex').toUpperCase()}</Data>`)),
      ),
      any: place('any.jpg', Buffer.alloc(5000, 9)),
    }
    const plain = { kdf: 'argon2', cipher: 'aes256', version: 0x13, zipped: true, keyFile: null, password } as const
    const kinds = [
      plain,
      { ...plain, kdf: 'argon2id', cipher: 'chacha20' },
      { ...plain, kdf: 'argon2id', version: 0x10, zipped: false },
      { ...plain, version: 0x10 },
      { ...plain, kdf: 'aeskdf', cipher: 'chacha20', zipped: false },
      ...Object.values(keyFiles).map(keyFile => ({ ...plain, keyFile })),
      { ...plain, keyFile: keyFiles.v2, password: null },
    ] as const
    const path = join(folder, 'py.kdbx')
    for (const kind of kinds) {
      pykeepass(path, kind)
      const words = [
        ...(kind.password === null ? [] : ['--password-file', key]),
        ...(kind.keyFile === null ? [] : ['--key-file', kind.keyFile]),
      ]
      const seen = await found(path, ...words)
      assert.deepEqual(
        seen.passwords.value.map(one => one.key),
        ['Web/Example'],
        JSON.stringify(kind),
      )
    }
  })

  test('what riegel password puts into a vault, new or old, keepassxc-cli reads', { timeout: 240_000 }, async () => {
    const olds = [join(folder, 'cli.kdbx'), join(folder, 'py.kdbx')]
    pykeepass(olds[1]!, { kdf: 'argon2', cipher: 'chacha20', version: 0x13, zipped: true, keyFile: null, password })
    for (const path of [join(folder, 'new.kdbx'), ...olds]) {
      const into = ['password', '--vault', path, '--password-file', key]
      const ran = await riegel(...into, '--title', 'Bücher & <Co>', '--user', 'lotse')
      assert.deepEqual([ran.status, ran.stdout], [0, ''], ran.stderr)
      const shown = keepassxc(password, 'show', '-q', '-s', path, 'Bücher & <Co>')
      assert.match(shown, /UserName: lotse\nPassword: [-\w.+]{20}\n/)
      // and goes on writing into it
      keepassxc(password, 'add', '-q', '-g', path, 'Later')
      const { passwords } = await found(path, '--password-file', key)
      assert.ok(
        passwords.value.some(one => one.key === 'Bücher & <Co>') && passwords.value.some(one => one.key === 'Later'),
      )
    }
  })

  test('a second factor put there: show -t gives the code of oathtool', async () => {
    const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
    const path = join(folder, 'totp.kdbx')
    const vault = await forged()
    const otp = `otpauth://totp/mail:lotse?secret=${secret}&period=30&digits=6&issuer=mail`
    addEntry(vault, { title: 'mail', user: 'lotse', password: 'x', notes: '4821 7730\n9035 1164', otp }, now)
    writeFileSync(path, seal(vault))
    const code = () => spawnSync('oathtool', ['--totp', '-b', secret], { encoding: 'utf8' }).stdout.trim()
    // the half minute may end between the two
    for (let tries = 0; ; tries++) {
      const [before, shown, then] = [code(), keepassxc(password, 'show', '-q', '-t', path, 'mail').trim(), code()]
      if (before !== then && tries < 3) continue
      assert.equal(shown, then)
      break
    }
    assert.match(keepassxc(password, 'show', '-q', '-a', 'Notes', path, 'mail'), /4821 7730\n9035 1164/)
  })
})

describe('riegel password --vault', () => {
  test('makes no vault that opens with nothing, and says where its password is weak', { timeout: 60_000 }, async () => {
    const at = join(folder, 'new-vaults')
    mkdirSync(at)
    const into = (name: string, ...more: readonly string[]) =>
      riegel('password', '--vault', join(at, name), '--title', 'x', ...more)
    for (const words of ['', '\n', '\r\n']) {
      const none = await into('none.kdbx', '--password-file', place('empty-pw', Buffer.from(words)))
      assert.deepEqual([none.status, none.stdout], [2, ''])
      assert.match(none.stderr, /^Error: A new vault needs a password; this is empty\nHint: .*\n$/)
    }
    const words = [process.execPath, program, 'password', '--vault', join(at, 'none.kdbx'), '--title', 'x']
    const typed = await underTerminal(words, [{ expect: /Password of .*: /, send: '\r' }], { env })
    assert.equal(typed.code, 2)
    assert.match(typed.output, /this is empty/)
    assert.deepEqual(readdirSync(at), [])
    // a vault that is there already opens with whatever it has
    const open = await forged({ credentials: { password: Buffer.alloc(0), keyFile: null } })
    writeFileSync(join(at, 'old.kdbx'), seal(open))
    const empty = place('empty-pw', Buffer.alloc(0))
    assert.equal((await into('old.kdbx', '--password-file', empty)).status, 0)
    const keyFile = place('new.key', createHash('sha256').update('key file').digest())
    const both = await into('both.kdbx', '--password-file', empty, '--key-file', keyFile)
    assert.deepEqual([both.status, /weak/.test(both.stderr)], [0, false], both.stderr)
    const weak = await into('weak.kdbx', '--password-file', passwordFile(join(folder, 'weak-pw'), 'sommer2024'))
    assert.equal(weak.status, 0)
    assert.match(weak.stderr, /This password is weak: it is guessed after about \d+( \w+)? tries\./)
    assert.ok(!weak.stderr.includes('sommer'))
    const strong = await into(
      'strong.kdbx',
      '--password-file',
      passwordFile(join(folder, 'pw2'), 'kq7m.f3ta.w9hd.rb5n'),
    )
    assert.deepEqual([strong.status, /weak/.test(strong.stderr)], [0, false], strong.stderr)
  })

  test('says what is missing, refuses what is no vault, touches nothing then', async () => {
    const notes = place('notes.txt', Buffer.from('my notes\n'))
    const into = (path: string, ...more: readonly string[]) =>
      riegel('password', '--vault', path, '--password-file', key, ...more)
    const noTitle = await into(join(folder, 'never.kdbx'))
    assert.match(noTitle.stderr, /--title TITLE/)
    const none = await into(notes, '--title', 'x')
    assert.match(none.stderr, /no KeePass file/)
    assert.equal(readFileSync(notes, 'utf8'), 'my notes\n')
    const checking = await into(notes, '--check')
    const nowhere = await into(join(folder, 'nowhere', 'x.kdbx'), '--title', 'x')
    assert.deepEqual(
      [noTitle, none, checking, nowhere].map(({ status, stdout }) => [status, stdout]),
      Array(4).fill([2, '']),
    )
  })
})
