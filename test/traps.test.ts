// The traps that locked others out (T0 to T58 of the reference), and the test that shows each is seen here; or why it
// cannot be had in this lab, and what covers it instead. Those of mail, containers and the second factor belong to later.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const source = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

/** The file and the name of a test, or part of it. */
type Shown = readonly [file: string, name: string]
interface Trap {
  readonly trap: string
  readonly what: string
  readonly shown?: readonly Shown[]
  /** why it cannot be had on a host of the lab */
  readonly not?: string
}

const live = (file: string) => `test/live/${file}.test.ts`

const traps: readonly Trap[] = [
  {
    trap: 'T1',
    what: "cloud-init's file comes first, and the first value wins",
    shown: [
      [live('planted'), 'audit names every one'],
      [live('harden'), 'from first contact by password to a bolted door'],
    ],
  },
  {
    trap: 'T2',
    what: 'Port adds up over all files',
    shown: [['src/plan/draft.test.ts', 'a line that adds up is commented out']],
  },
  {
    trap: 'T3',
    what: 'a line behind a Match belongs to it',
    shown: [['src/plan/draft.test.ts', 'all settings become one file with a form per stage']],
  },
  { trap: 'T4', what: 'a Match hides an open door', shown: [[live('planted'), 'audit names every one']] },
  { trap: 'T5', what: 'sshd -T fails and says nothing', shown: [[live('odd-hosts'), 'sshd -T that fails']] },
  {
    trap: 'T6',
    what: 'the banner is read on the wire',
    shown: [[live('harden'), 'a server as delivered fails what it should']],
  },
  {
    trap: 'T7',
    what: 'passwords through keyboard-interactive',
    shown: [
      [live('planted'), 'audit names every one'],
      ['src/rules/keys/keyboard-interactive-password.test.ts', 'fix: one switch, two of them up to 8.6'],
    ],
  },
  {
    trap: 'T8',
    what: 'a list of users that shuts the new one out passes sshd -t',
    shown: [[live('odd-hosts'), 'a Match that asks more than a key of the new account']],
  },
  { trap: 'T9', what: 'options that a version does not know', shown: [[live('odd-hosts'), 'bullseye: looked at']] },
  {
    trap: 'T10',
    what: 'a fragment tested alone proves nothing',
    shown: [[live('odd-hosts'), 'sshd -T that fails']],
  },
  {
    trap: 'T11',
    what: 'ssh.socket owns the port',
    shown: [
      [live('ssh-socket'), 'the port moves, root and passwords are shut; so after a reboot'],
      [live('ssh-socket'), 'addresses in a drop-in, a service that requires its socket'],
      [live('ssh-socket'), 'a generator that makes addresses of Port'],
    ],
  },
  { trap: 'T12', what: 'IPv6 is lost', shown: [[live('firewalls'), 'moved, over a reboot, and back']] },
  {
    trap: 'T13',
    what: "SELinux's label of the port",
    shown: [['src/plan/doubts/doubts.test.ts', 'speaks where it must']],
    not: 'no kernel with SELinux here: by recorded facts, and a new port is refused while it enforces',
  },
  {
    trap: 'T14',
    what: 'the filter lets the new port in first',
    shown: [[live('firewalls'), 'moved, over a reboot, and back']],
  },
  {
    trap: 'T15',
    what: "the provider's own firewall",
    shown: [[live('undo'), 'a port that does not get through: taken back']],
  },
  { trap: 'T20', what: 'fail2ban still guards 22', shown: [[live('planted'), 'audit names every one']] },
  {
    trap: 'T21',
    what: 'fail2ban does not run, or reads what nobody writes',
    shown: [[live('planted'), 'what only the running guard shows does not pass']],
  },
  {
    trap: 'T23',
    what: 'the hardener bans itself (PerSourcePenalties are on in trixie)',
    shown: [[live('faults'), 'the next harden works']],
  },
  {
    trap: 'T24',
    what: 'the own address is banned',
    shown: [['src/plan/doubts/doubts.test.ts', 'speaks where it must']],
  },
  {
    trap: 'T25',
    what: 'more keys in the agent than tries',
    shown: [['src/rules/keys/patient-login.test.ts', 'never fewer tries than the agent has keys']],
  },
  {
    trap: 'T26',
    what: 'a locked password shuts keys out too, without PAM',
    shown: [['src/plan/doubts/doubts.test.ts', 'speaks where it must']],
  },
  {
    trap: 'T27',
    what: 'in, but not root',
    shown: [[live('harden'), 'a sudo user with NOPASSWD is given a password']],
  },
  {
    trap: 'T28',
    what: 'modes and owners of a key file',
    shown: [['src/rules/keys/loose-file-modes.test.ts', 'fails where a group or others may write']],
  },
  {
    trap: 'T29',
    what: 'something still needs root',
    shown: [[live('planted'), 'whoever came in by it, goes only where that is allowed by name']],
  },
  {
    trap: 'T30',
    what: "an installer's 01-permitrootlogin.conf outranks later files",
    shown: [[live('harden'), 'from first contact by password to a bolted door']],
  },
  {
    trap: 'T31',
    what: "the provider's default user with NOPASSWD",
    shown: [[live('planted'), 'audit names every one']],
  },
  {
    trap: 'T32',
    what: 'nullok misunderstood',
    shown: [
      ['src/rules/second-factor/bypassed.test.ts', '(T32)'],
      [live('bypassed'), 'each way around is named'],
    ],
  },
  {
    trap: 'T33',
    what: 'a method is demanded that UsePAM no makes impossible',
    shown: [
      ['src/rules/second-factor/bypassed.test.ts', '(T33)'],
      [live('bypassed'), 'each way around is named'],
    ],
  },
  {
    trap: 'T34',
    what: 'common-auth still asks for the password',
    shown: [
      ['src/rules/second-factor/bypassed.test.ts', '(T34)'],
      [live('bypassed'), 'each way around is named'],
    ],
  },
  {
    trap: 'T35',
    what: 'the clock disagrees with the codes',
    shown: [
      ['src/rules/second-factor/clock-drift.test.ts', '(T35)'],
      [live('bypassed'), 'a clock that disagrees'],
    ],
  },
  {
    trap: 'T36',
    what: 'FIDO2 keys',
    not: 'no such key here: the system ssh is driven, which knows them; nothing of it was tried',
  },
  {
    trap: 'T37',
    what: 'hardened algorithms lock the tool out',
    shown: [['src/rules/keys/weak-algorithms.test.ts', 'fix refuses where the client, the own key or the host keys']],
  },
  { trap: 'T39', what: 'files put back, the service not', shown: [[live('undo'), 'the host byte-identical']] },
  {
    trap: 'T40',
    what: 'taking back that does nothing',
    shown: [[live('faults'), 'the host is whole, nothing false is told']],
  },
  { trap: 'T41', what: 'the timer dies with the session', shown: [[live('faults'), 'the owner gets in']] },
  { trap: 'T42', what: 'daemon-reload disturbs timers', shown: [[live('faults'), 'the owner gets in']] },
  { trap: 'T43', what: 'a reboot in the window', shown: [[live('faults'), 'the owner gets in']] },
  {
    trap: 'T44',
    what: 'confirmed over an old connection',
    shown: [[live('odd-hosts'), 'a connection of their own that is open already']],
  },
  {
    trap: 'T45',
    what: 'confirmed by Enter in the same terminal',
    not: 'no key and no option answers the proof: there is nothing to press (src/commands/tables.ts)',
  },
  { trap: 'T46', what: 'the host key changed', shown: [[live('bad-input'), 'a host key that has changed since']] },
  {
    trap: 'T53',
    what: 'a deleted drop-in lies',
    shown: [[live('odd-hosts'), 'a drop-in that was deleted without a reload']],
  },
  { trap: 'T54', what: 'each sudo takes 20 s', shown: [[live('odd-hosts'), 'each sudo takes 20 s']] },
  {
    trap: 'T55',
    what: 'apt asks the network, or writes its cache',
    shown: [['src/collect/looks/looks.test.ts', 'updates: only what a security archive has newer']],
  },
  {
    trap: 'T56',
    what: 'only Match all beats a Match',
    shown: [['src/plan/draft.test.ts', 'against a Match only Match all wins']],
  },
  {
    trap: 'T57',
    what: "a second sshd deletes the first one's PID file",
    shown: [[live('undo'), 'the host byte-identical']],
  },
  {
    trap: 'T58',
    what: 'sh -s reads ahead',
    shown: [
      ['src/target/frames.test.ts', 'a script gets its input'],
      [live('first-contact'), 'login shell is fish'],
    ],
  },
]

describe('traps', () => {
  for (const { trap, what, shown = [], not } of traps)
    test(`${trap}: ${what}`, () => {
      assert.ok(shown.length > 0 || not !== undefined, 'shown by nothing, and nobody says why')
      for (const [file, name] of shown) {
        const names = [...source(file).matchAll(/\btest\(\s*(['"`])([\s\S]*?)\1/g)].map(found => found[2]!)
        assert.ok(
          names.some(one => one.includes(name)),
          `${file} has no test "${name}"`,
        )
      }
    })

  test('none of those that belong here is missing', () => {
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
    const here = [...range(1, 15), 20, 21, ...range(23, 37), ...range(39, 46), ...range(53, 58)]
    assert.deepEqual(
      traps.map(({ trap }) => trap),
      here.map(n => `T${n}`),
    )
  })
})
