// Item 5 of the issue: after confirm, undo, refusal and what was taken back nothing stays on a host but the journal
// directory, and on the operator's side nothing but the host's line in known_hosts.

import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { difference, type Host, type HostOptions, type Lab, type Snapshot, snapshot } from './lab/index.js'
import { must, type Result, sleep } from './lab/tools.js'
import { byKey, fingerprint, live, nftables, Operator, type Workplace, withUser, workplace } from './support.js'

/** What must stay the same but for what is wanted: everything anybody could leave lying about. */
const look = String.raw`cd /
systemctl list-units --all --no-legend --plain --full | awk '$1 ~ /riegel/ || $3 == "failed" { print "unit", $1, $3 }'
systemctl list-unit-files --no-legend | awk '/riegel/ { print "unit file", $1 }'
ls /run/systemd/transient /run/systemd/system 2>/dev/null | awk '/riegel/ { print "passing unit", $1 }'
# but kernel threads, and this very look
ps -e -o ppid=,args= | awk -v me=$$ '$1 != 2 && $1 != me && !/cd \/$|awk|systemctl list/ { $1 = "process"; sub(/listener\].*/, "listener]"); print }'
for d in /tmp /var/tmp /run /run/lock /run/riegel /run/user /dev/shm; do
  ls -A $d 2>/dev/null | awk -v d=$d '!/^systemd-private-/ { print "in " d ": " $0 }'
done
ls -A /etc | awk '/[.]lock$|[.]riegel|[.](tmp|new|bak)$/ { print "in /etc: " $0 }'
find / -xdev -iname '*riegel*' ! -path '/proc/*' ! -path '/mnt/riegel-packages*' 2>/dev/null | sort
`

interface Seen {
  readonly host: string
  readonly snapshot: Snapshot
}

/** A server, and whoever changes it. */
interface Place {
  readonly name: string
  readonly options: Pick<HostOptions, 'layers'>
  readonly setup: (keyLine: string) => string
  readonly start?: string
  readonly user: string
  readonly words: readonly string[]
  /** the account that is relied on afterwards */
  readonly fresh: string
}

const password = 'mar-ia.42'
const places: readonly Place[] = [
  {
    name: 'root by key, behind nftables',
    options: {},
    setup: line => `${byKey(line)}cat >/etc/nftables.conf <<'END'\n${nftables}END\nsystemctl -q enable nftables\n`,
    user: 'root',
    words: ['--user', 'anna', '--sudo', 'nopasswd'],
    fresh: 'anna',
  },
  {
    name: 'a user whose sudo asks, behind ufw',
    options: { layers: ['ufw'] },
    setup: line => withUser('maria', line, 'ALL', password),
    start: 'ufw allow 22/tcp >/dev/null && ufw --force enable >/dev/null',
    user: 'maria',
    words: [],
    fresh: 'maria',
  },
]

// mostly they wait: two at a time
describe('nothing is left behind', { ...live, concurrency: 2 }, () => {
  let place: Workplace
  let lab: Lab

  before(async () => {
    place = await workplace('leftovers')
    lab = place.lab
  })
  after(() => place.close())

  for (const one of places)
    describe(one.name, { concurrency: false }, () => {
      let operator: Operator
      let host: Host
      let was: Seen
      let homeWas: string[]
      let temporary: string

      before(async () => {
        operator = await Operator.in(lab)
        temporary = `${operator.home}/tmp`
        mkdirSync(temporary)
        writeFileSync(`${operator.home}/password`, `${password}\n`, { mode: 0o600 })
        // attributes want a filesystem of their own
        host = await lab.host({ suite: 'trixie', disk: 'ext4', setup: one.setup(operator.keyLine), ...one.options })
        if (one.start !== undefined) await host.must(one.start)
        // what any login leaves: the day's message, a record of it
        await operator.ssh(host, one.user, 22, 'true')
        rmSync(`${operator.home}/.ssh/known_hosts`)
        was = await seen()
        homeWas = atHome()
      })
      after(() => operator.end())

      const seen = async (): Promise<Seen> => ({ host: await host.must(`${look}true`), snapshot: await snapshot(host) })
      const atHome = () => readdirSync(operator.home, { recursive: true, encoding: 'utf8' }).sort()

      const env = () => ({ ...operator.env, TMPDIR: temporary })
      const asking = one.user === 'root' ? [] : ['--sudo-password-file']
      const secret = () => (asking.length > 0 ? [...asking, `${operator.home}/password`] : [])
      const common = async (verb: string, user: string, port: number) => [
        ...[verb, `${user}@${host.ip4}`, '-p', String(port), ...operator.files, ...secret()],
        ...['--host-key', await fingerprint(host), '--yes'],
      ]
      const hardening = async () => [
        ...(await common('harden', one.user, 22)),
        ...['--key', operator.key, '--new-port', '301', '--skip', 'upkeep', '--lease', '20'],
        ...one.words,
        ...['--allow', 'no-console', '--allow', 'others-cut-off'],
      ]
      const run = (words: readonly string[]): Promise<Result> =>
        lab.run(operator.argv(words), { env: env(), timeoutMs: 120_000 })

      /** On this side: no process, socket or folder, and of known_hosts only these names. */
      const assertCleanHere = async (known: readonly string[]): Promise<void> => {
        const inUse = readdirSync('/proc')
          .filter(name => /^\d+$/.test(name))
          .map(pid => {
            try {
              return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
            } catch {
              return ''
            }
          })
          .filter(words => words.includes(operator.home))
        assert.deepEqual(inUse, [], 'a process of the client is still there')
        assert.deepEqual(readdirSync(temporary), [], 'something lies in the folder for temporary files')
        assert.deepEqual(
          atHome().filter(name => !homeWas.includes(name)),
          ['.ssh/known_hosts'],
        )
        const file = `${operator.home}/.ssh/known_hosts`
        const lines = readFileSync(file, 'utf8').trim().split('\n')
        assert.equal(lines.length, known.length, lines.join('\n'))
        // Debian's ssh hashes the names
        for (const name of known) assert.match(await must(['ssh-keygen', '-F', name, '-f', file]), /found: line/)
      }

      /** What the host has now that it had not, in words of `look`. logind keeps the folder of who left for ten seconds. */
      const added = async (): Promise<string[]> => {
        let more: string[] = []
        for (let tries = 0; tries < 40; tries++) {
          const now = (await host.must(`${look}true`)).split('\n')
          more = now.filter(line => !was.host.split('\n').includes(line))
          if (more.every(line => line.startsWith('/'))) break
          await sleep(500)
        }
        return more
      }
      const transactions = async () =>
        (await host.must('ls -A /var/lib/riegel 2>/dev/null; true')).split('\n').filter(Boolean)

      /** As before, and below /var/lib/riegel one folder for each transaction and nothing beside it. */
      const assertAsBefore = async (count: number) => {
        const more = await added()
        assert.deepEqual(
          more.filter(line => !/^\/var\/lib\/riegel(\/|$)/.test(line)),
          [],
        )
        assert.deepEqual(difference(was.snapshot, await snapshot(host)), [])
        const ids = await transactions()
        assert.equal(ids.length, count, ids.join(' '))
        for (const id of ids) assert.match(id, /^\d{8}-\d{6}-\w+$/)
        if (count === 0) assert.deepEqual(more, [])
      }

      test('refused before anything is staged: not even a journal', async () => {
        const { code, stderr } = await run([...(await hardening()), '--plan-digest', '0'.repeat(64)])
        assert.equal(code, 2, stderr)
        assert.match(stderr, /plan/)
        await assertAsBefore(0)
        await assertCleanHere([host.ip4])
      })

      test('refused while it was staged: what was written aside is gone again', async () => {
        const folder = '/etc/ssh/sshd_config.d'
        await host.immutable(folder, true)
        // the attribute counts as a change of the folder, and what sshd has not read since is refused before that
        await host.must('systemctl reload ssh')
        const { code, stderr } = await run(await hardening())
        await host.immutable(folder, false)
        await host.must('systemctl reload ssh')
        assert.equal(code, 2, stderr)
        assert.match(stderr, /immutable|cannot be written/)
        await assertAsBefore(0)
        await assertCleanHere([host.ip4])
      })

      test('the new port is blocked: taken back', async () => {
        await host.blockPort(301)
        const { code, stderr } = await run(await hardening())
        await host.unblockPort(301)
        assert.equal(code, 3, stderr)
        await assertAsBefore(1)
        await assertCleanHere([host.ip4])
      })

      test('Ctrl+C while it is guarded: taken back', async () => {
        const words = [...(await hardening()), '--lang', 'de']
        const once = { expect: / {2}bewacht /, send: '\u0003', times: 1 }
        const said = await lab.pty(operator.argv(words), [once], { env: env(), timeoutMs: 120_000 })
        assert.equal(said.code, 3, said.output)
        assert.deepEqual(said.matched, [1])
        await assertAsBefore(2)
        await assertCleanHere([host.ip4])
      })

      test('Ctrl+C twice: left to the guard, which takes back', async () => {
        const words = [...(await hardening()), '--lang', 'de']
        const once = (expect: RegExp) => ({ expect, send: '\u0003', times: 1 })
        const said = await lab.pty(operator.argv(words), [once(/ {2}bewacht /), once(/Abgebrochen/)], {
          env: env(),
          timeoutMs: 120_000,
        })
        assert.equal(said.code, 4, said.output)
        await assertCleanHere([host.ip4])
        for (let tries = 0; tries < 60 && (await transactions()).includes('lock'); tries++) await sleep(1000)
        await assertAsBefore(3)
      })

      test('confirmed: what was wanted, and nothing else', async () => {
        const { code, stderr } = await run(await hardening())
        assert.equal(code, 0, stderr)
        const more = await added()
        const wanted = [
          /^\/var\/lib\/riegel(\/|$)/,
          /^\/etc\/ssh\/sshd_config\.d\/00-riegel\.conf$/,
          /^\/etc\/sudoers\.d\/zz-riegel-anna$/,
        ]
        assert.deepEqual(
          more.filter(line => !wanted.some(what => what.test(line))),
          [],
        )
        const rules = difference(was.snapshot, await snapshot(host)).filter(line => line.startsWith('rule'))
        assert.ok(rules.length > 0)
        for (const rule of rules) assert.match(rule, /^rule .*dport 301 .*: added /)
        assert.equal((await transactions()).length, 4)
        await assertCleanHere([host.ip4, `[${host.ip4}]:301`])
      })

      test('undone: as before it ever came', async () => {
        const { code, stderr } = await run(await common('undo', one.fresh, 301))
        assert.equal(code, 0, stderr)
        await assertAsBefore(4)
        await assertCleanHere([host.ip4, `[${host.ip4}]:301`])
      })
    })
})
