import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { SectionName, Sections } from '../../model/facts.js'
import type { Look } from '../look.js'
import { prelude } from '../prelude.js'
import accounts from './accounts.js'
import clock from './clock.js'
import effective from './effective.js'
import guessGuard from './guess-guard.js'
import journal from './journal.js'
import listeners from './listeners.js'
import loginKeys from './login-keys.js'
import loginText from './login-text.js'
import passwordPolicy from './password-policy.js'
import privateKeys from './private-keys.js'
import secondFactor from './second-factor.js'
import sshd from './sshd.js'
import sudo from './sudo.js'
import system from './system.js'
import updates from './updates.js'

const folder = mkdtempSync(join(tmpdir(), 'riegel-looks-'))
after(() => rmSync(folder, { recursive: true }))

/** The look's own shell, with functions in the place of the programs it would ask. */
const run = (look: { readonly sh: string }, stubs: string, env: Readonly<Record<string, string>> = {}) => {
  const always =
    'need_root() { :; }\nneed() { :; }\nas() { shift; "$@"; }\nrun_dir() { :; }\nfind_sshd() { SSHD=sshd_stub; }'
  const script = `${prelude}\n${always}\ntimeout() { shift; "$@"; }\n${stubs}\n${look.sh}`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { status, text: stdout, stderr }
}
/** As an account that may read nothing but what is open to all. */
const asNobody = `as() { shift; ${process.getuid?.() === 0 ? 'setpriv --reuid 65534 --regid 65534 --clear-groups --' : ''} "$@"; }`
const read = <S extends SectionName>(look: Look<S>, stubs: string): Sections[S] => {
  const { status, text, stderr } = run(look, stubs)
  assert.equal(status, 0, stderr)
  return look.parse({ status: 0, text })
}

/** The second factor's look, in a machine whose PAM configuration and modules lie in a folder. */
const machine = (name: string, files: Readonly<Record<string, string>>) => {
  const root = join(folder, name)
  for (const [path, words] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), words)
  }
  const sh = secondFactor.sh
    .replaceAll('/etc/pam.d', `${root}/pam.d`)
    .replaceAll('/usr/lib/pam.d', `${root}/vendor`)
    .replace('/lib/security /lib64/security', `${root}/security`)
  const people = [
    'root:x:0:0::ROOT/root:/bin/sh',
    'anna:x:1000:1000::ROOT/anna:/bin/sh',
    'bea:x:1001:1001::ROOT/bea:/x',
  ]
  const stubs = `getent() { printf '%s\\n' ${people.map(one => `'${one.replace('ROOT', root)}'`).join(' ')}; }`
  return { ended: () => run({ sh }, stubs).status, seen: () => read({ ...secondFactor, sh }, stubs), root }
}

describe('the second factor as PAM asks for it', () => {
  test('the stack in its order: includes, substacks, continued lines, comments; other types are passed over', () => {
    const { seen } = machine('stack', {
      'pam.d/sshd': `# auth required pam_deny.so
@include common-auth
account required pam_nologin.so
AUTH\tinclude\tmore # why
auth substack sub
-auth optional pam_gone.so
auth required \\
   pam_google_authenticator.so nullok
@include nowhere
auth required pam_permit.so`,
      'pam.d/common-auth': 'auth [success=1 default=ignore]   pam_unix.so nullok\n',
      'pam.d/more': 'auth requisite pam_deny.so\nsession required pam_limits.so\n',
      'vendor/sub': 'auth sufficient pam_unix.so\n',
    })
    assert.deepEqual(seen().auth, [
      '[success=1 default=ignore] pam_unix.so nullok',
      'requisite pam_deny.so',
      'substack sub',
      'sufficient pam_unix.so',
      'end substack',
      '-optional pam_gone.so',
      'required pam_google_authenticator.so nullok',
      'missing nowhere',
      'required pam_permit.so',
    ])
  })

  test('a stack that includes itself, and one without end', () => {
    assert.equal(machine('loop', { 'pam.d/sshd': '@include sshd\n' }).ended(), 75)
    assert.equal(machine('endless', { 'pam.d/sshd': 'auth required pam_env.so\n'.repeat(201) }).ended(), 75)
  })

  test('whoever has a secret, by default and where the module was told to look; what is in it is never printed', () => {
    const secret = 'KRSXG5CTMVRXEZLU'
    const own = machine('own', {
      'pam.d/other': 'auth required pam_env.so\n',
      'anna/.google_authenticator': secret,
      'security/pam_oath.so': '',
    })
    assert.deepEqual(own.seen(), { auth: ['required pam_env.so'], modules: ['pam_oath.so'], enrolled: ['anna'] })
    for (const where of ['ROOT/secrets/@{USER}', '[secret=ROOT/secrets/@{USER}]', '~/x', '@{HOME}/x']) {
      const place = machine(`at-${where.replace(/\W/g, '')}`, {
        'secrets/anna': secret,
        'anna/x': secret,
        'bea/.google_authenticator': secret,
      })
      const path = where.replace('@', '$').replace('ROOT', place.root)
      mkdirSync(join(place.root, 'pam.d'))
      const word = path.startsWith('[') ? path : `secret=${path}`
      writeFileSync(
        join(place.root, 'pam.d/sshd'),
        `auth required pam_google_authenticator.so user=root ${word} nullok\n`,
      )
      assert.deepEqual(place.seen().enrolled, ['anna'], where)
    }
    // what the module does not know it takes as it is written: nobody has a secret there
    const literal = machine('literal', { 'secrets/anna': secret })
    mkdirSync(join(literal.root, 'pam.d'))
    writeFileSync(
      join(literal.root, 'pam.d/sshd'),
      `auth required pam_google_authenticator.so secret=${literal.root}/secrets/%u nullok\n`,
    )
    assert.deepEqual(literal.seen().enrolled, [])
  })

  test('pam_oath: names of its file that are accounts, and nothing else of it', () => {
    const stack = (root: string) => `auth requisite pam_oath.so usersfile=${root}/users.oath window=20\n`
    const one = machine('oath', {
      'users.oath': '# HOTP bea -\nHOTP/T30/6\tanna - 3132333435363738\nHOTP 6b657973656372657431 x\nHOTP/E root - 31',
    })
    mkdirSync(join(one.root, 'pam.d'))
    writeFileSync(join(one.root, 'pam.d/sshd'), stack(one.root))
    assert.deepEqual(one.seen().enrolled, ['anna', 'root'])
    const each = machine('oath-each', {
      'anna/.oath': 'HOTP bea - 31\nHOTP anna - 32\n',
      'bea/.oath': 'HOTP anna - 31\n',
    })
    mkdirSync(join(each.root, 'pam.d'))
    writeFileSync(
      join(each.root, 'pam.d/sshd'),
      'auth required pam_oath.so usersfile=@{HOME}/.oath\n'.replace('@', '$'),
    )
    assert.deepEqual(each.seen().enrolled, ['anna'])
  })
})

describe('a look that was cut off says so', () => {
  const listing = (lines: string) => `getent() { case $1 in ${lines} esac; }`
  const many = (count: number) =>
    listing(`passwd) i=1; while [ $i -le ${count} ]; do echo "u$i:x:$((1000 + i)):1:::/bin/sh"; i=$((i + 1)); done ;;`)
  const answer = 'sshd_stub() { echo "port 22"; echo "permitrootlogin no"; }'

  test('effective: 600 accounts are asked, of 601 none counts as shut; the new account comes first', () => {
    const match = `SSHD_CONFIG=${folder}/match\nRIEGEL_NEW_ACCOUNT=anna\n${answer}`
    writeFileSync(join(folder, 'match'), 'Match User x\n')
    const seen = read(effective, `${match}\n${many(598)}`)
    assert.equal(seen.views.length, 600)
    assert.deepEqual([seen.views[0]!.user, seen.views[1]!.user], ['anna', 'u1'])
    assert.equal(run(effective, `${match}\n${many(599)}`).status, 75)
  })

  test('sudo: more accounts than it asks about', () => {
    const stubs = 'have() { :; }\nsudo() { echo "User x is not allowed to run sudo on y."; }'
    assert.equal(run(sudo, `${stubs}\n${many(60)}`).status, 0)
    assert.equal(run(sudo, `${stubs}\n${many(61)}`).status, 75)
  })

  test('sudo: answers given beside each other stay whole, also long ones', () => {
    const people =
      'have() { :; }\ngetent() { case $1 in shadow) ;; *) for n in anna bert cleo dora; do echo "$n:x:1000:1000::/nowhere:/bin/sh"; done ;; esac; }'
    const rules = (count: number) =>
      `sudo() { echo "User $3 may run the following commands on x:"; i=0; while [ $i -lt ${count} ]; do echo "    (ALL) /usr/bin/tool$i of-$3"; i=$((i + 1)); done; }`
    for (const count of [80, 250]) {
      const asked = read(sudo, `SHADOW=x:*:\n${people}\n${rules(count)}`)
      for (const name of ['anna', 'bert', 'cleo', 'dora'])
        assert.deepEqual(
          asked.accounts[name]?.rules.map(({ commands }) => commands),
          Array.from({ length: count }, (_, at) => `/usr/bin/tool${at} of-${name}`),
        )
    }
  })

  test('sudo: asks about a system account with a key in either usual file, and about none without', () => {
    const home = (name: string) => join(folder, 'homes', name)
    for (const [name, file] of [
      ['first', '.ssh/authorized_keys'],
      ['second', '.ssh/authorized_keys2'],
      ['none', '.ssh/known_hosts'],
    ] as const) {
      mkdirSync(join(home(name), '.ssh'), { recursive: true })
      writeFileSync(join(home(name), file), '')
    }
    const lines = ['first', 'second', 'none'].map(name => `${name}:x:99:99::${home(name)}:/bin/sh`).join('\n')
    const asked = read(
      sudo,
      `have() { :; }\nsudo() { echo "User $3 is not allowed to run sudo on y."; }\n${listing(`passwd) echo '${lines}' ;;`)}`,
    )
    assert.deepEqual(Object.keys(asked.accounts).sort(), ['first', 'second'])
  })

  test('loginKeys: a file that is longer than what is read of it', () => {
    mkdirSync(join(folder, '.ssh'))
    const stubs = `getent() { echo "anna:x:1000:1000::${folder}:/bin/sh"; }
SSHD_CONFIG=/nowhere
sshd_stub() { echo 'authorizedkeysfile .ssh/authorized_keys .ssh/of-%U'; }`
    const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP anna\n'
    writeFileSync(join(folder, '.ssh/of-1000'), line)
    assert.equal(read(loginKeys, stubs).keys.length, 1)
    writeFileSync(join(folder, '.ssh/authorized_keys'), '#'.repeat(262_145))
    assert.equal(run(loginKeys, stubs).status, 75)
  })

  test('journal: cut off by time, or too much; its own last word counts, not a line that looks like it', () => {
    const lines = (end: string, text: string) => `journalctl() { printf '${text}'; return ${end}; }`
    const login = 'Accepted publickey for anna from 192.0.2.1 port 1 ssh2\\n'
    assert.deepEqual(
      run(journal, lines('0', login))
        .text.split('\n')
        .filter(line => line.startsWith('L')),
      ['L\tanna\tpublickey\t192.0.2.1\t1'],
    )
    assert.equal(run(journal, lines('124', `${login}ended 0\\n`)).status, 124)
    const crowd =
      'journalctl() { i=0; while [ $i -le 500 ]; do echo "Accepted password for u$i from ::1 port 1"; i=$((i + 1)); done; }'
    assert.equal(run(journal, crowd).status, 75)
  })

  test('sshd: a file of its configuration that is longer than what is read of it', () => {
    const stubs = `SSHD_CONFIG=${folder}/long\nsystemctl() { :; }\nsshd_stub() { :; }`
    writeFileSync(join(folder, 'long'), 'Port 22\n'.repeat(8192))
    assert.equal(run(sshd, stubs).status, 0)
    writeFileSync(join(folder, 'long'), `${'Port 22\n'.repeat(8192)}Port 23\n`)
    assert.equal(run(sshd, stubs).status, 75)
  })

  test('accounts: without a readable shadow nothing is told of passwords', () => {
    const passwd =
      'passwd) printf "root:x:0:0::/root:/bin/sh\\nold::1000:1000::/:/bin/sh\\n" ;; group) echo root:x:0: ;;'
    const shadow = 'shadow) printf "root:*:1::::::\\nold:!:1::::::\\n" ;;'
    assert.equal(run(accounts, listing(`${passwd} shadow) return 2 ;;`)).status, 77)
    // a password field in passwd itself goes before shadow: an empty one is an empty password
    const seen = read(accounts, listing(`${passwd} ${shadow}`))
    assert.deepEqual(
      seen.map(({ password }) => password),
      ['star', 'none'],
    )
  })

  test('accounts: of whom shadow has no line, nothing is known of the password; but for those that are locked anyway', () => {
    const people = ['root:x:0', 'anna:*:1000', 'bea:x:1001', 'run:!*:1002', 'dyn:x:61184', 'held:!:1003']
    const passwd = `passwd) printf "${people.map(one => `${one}:0::/:/bin/sh\n`).join('')}" ;; group) echo root:x:0: ;;`
    const seen = read(accounts, listing(`${passwd} shadow) printf 'root:!:1::::::\nheld:*:1::::::\n' ;;`))
    assert.deepEqual(
      seen.map(({ name, password }) => `${name} ${password}`),
      ['root locked', 'anna unseen', 'bea unseen', 'run locked', 'dyn locked', 'held star'],
    )
  })
})

describe('whom a machine asks for accounts', () => {
  const lists = (name: string, nsswitch: string, sssd?: string) => {
    const root = join(folder, name)
    const at = name === 'vendor' ? '/nowhere/nsswitch.conf' : `${root}/nsswitch.conf`
    mkdirSync(join(root, 'sssd'), { recursive: true })
    writeFileSync(join(root, 'nsswitch.conf'), nsswitch)
    if (sssd !== undefined) writeFileSync(join(root, 'sssd/sssd.conf'), sssd)
    const sh = system.sh
      .replace('names=/etc/nsswitch.conf', `names=${at}`)
      .replace('/usr$names', `${root}/nsswitch.conf`)
      .replaceAll('/etc/sssd', `${root}/sssd`)
    return read({ ...system, sh }, 'container() { CONTAINER=none; }').accountServices
  }
  const usual =
    'passwd: files systemd\ngroup:\tfiles [SUCCESS=merge] systemd # sss\nshadow: files sss\nhosts: files dns\n'
  test('files and systemd list all they know', () => {
    assert.deepEqual(lists('usual', usual), [])
    assert.deepEqual(lists('commented', `#passwd: ldap\n${usual}`), [])
  })
  test('directories do not; sss is one where it was told of one', () => {
    assert.deepEqual(lists('ldap', `passwd:compat ldap\n group : files winbind\n`), ['ldap', 'winbind'])
    assert.deepEqual(lists('vendor', 'passwd: files ldap\n'), ['ldap'])
    assert.deepEqual(lists('initgroups', `${usual}initgroups: files nis\n`), ['nis'])
    assert.deepEqual(lists('red-hat', 'passwd: sss files systemd\ngroup: sss [NOTFOUND=return] files\n'), [])
    assert.deepEqual(lists('joined', 'passwd: sss files systemd\ngroup: sss files\n', '[sssd]\n'), ['sss'])
  })
})

describe('what somebody else has a say in', () => {
  test('sshd: a command line of more than one line adds none to a file, and no option of its start', async () => {
    const config = join(folder, 'sshd_config')
    writeFileSync(config, 'Port 22\n')
    copyFileSync('/bin/sh', join(folder, 'sshd'))
    const forged =
      'a\n|TrustedUserCAKeys /tmp/ca\nstart-options=\nF\t/etc/x\t600\troot\troot\t1\t1\t1\n|PermitRootLogin yes'
    const child = spawn(join(folder, 'sshd'), ['-c', 'echo; read -r _', forged], { stdio: ['pipe', 'pipe', 'ignore'] })
    try {
      await once(child.stdout, 'data')
      const stubs = `SSHD_CONFIG=${config}\nASKED=yes SHOWN= STATES=\nsshd_stub() { echo OpenSSH_10.0p2; }`
      const { status, text, stderr } = run(sshd, stubs)
      assert.equal(status, 0, stderr)
      assert.match(text, /^A\t\d+\t\d+\t.*TrustedUserCAKeys/m)
      assert.deepEqual(
        sshd.parse({ status: 0, text }).files.map(({ lines }) => lines),
        [['Port 22']],
      )
      assert.ok(text.indexOf('\nstart-options=') < text.indexOf('\nA\t'))
    } finally {
      child.stdin.end()
    }
  })
  test('listeners: what a process calls itself is no line of its own', () => {
    const ss = `ss() { printf 'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* users:(("x\\nG\\t23\\tSSH-2.0-x",pid=1,fd=3))\\n'; }`
    const { text } = run(listeners, `${ss}\nhave() { return 1; }`)
    assert.doesNotMatch(text, /^G/m)
    assert.match(text, /^LISTEN 0 128 0\.0\.0\.0:22/m)
  })
  test('where accounts cannot be listed nothing is told of any', () => {
    const none =
      'have() { :; }\ngetent() { echo root:x:0:0::/root:/bin/sh; return 3; }\nsshd_stub() { echo authorizedkeysfile .ssh/authorized_keys; }'
    writeFileSync(join(folder, 'by-user'), 'Match User x\n')
    for (const one of [accounts, effective, loginKeys, privateKeys, secondFactor, sudo])
      assert.equal(run(one as { sh: string }, `SSHD_CONFIG=${folder}/by-user\n${none}`).status, 70, one.section)
  })
  test('units: a systemd that does not answer is not the same as none', () => {
    assert.equal(run({ sh: 'unit ssh.service; echo told' }, 'ASKED=failed').status, 70)
  })
})

describe('what a look takes for what', () => {
  test("what a look keeps for others comes from nobody's environment", () => {
    writeFileSync(join(folder, 'kept'), 'Match User x\n')
    const stubs = `SSHD_CONFIG=${folder}/kept\ngetent() { echo "anna:x:1000:1000::/nowhere:/bin/sh"; }
sshd_stub() { echo "port 22"; echo "permitrootlogin no"; }`
    const env = { CONFIG: 'prod', PASSWD: 'hunter2', SAID: '0', SAYS: 'port 1', ASKED: 'yes', SHOWN: 'x' }
    const { text } = run(effective, stubs, env)
    assert.doesNotMatch(text, /hunter2|prod/)
    assert.deepEqual(
      effective
        .parse({ status: 0, text })
        .views.map(({ user }) => user)
        .sort(),
      ['anna', 'x'],
    )
  })

  test('effective: a Match is asked about from both ends of its networks and by two fillers for wildcards', () => {
    const file = join(folder, 'witnesses')
    const stubs = `SSHD_CONFIG=${file}\nRIEGEL_CONNECTION='198.51.100.7 1 203.0.113.5 22'
getent() { echo "root:x:0:0::/nowhere:/bin/sh"; }
sshd_stub() { echo "port 22"; echo "permitrootlogin no"; }`
    const asked = (...lines: string[]) => {
      writeFileSync(file, lines.join('\n'))
      const { views } = read(effective, stubs)
      const of = (which: (view: (typeof views)[number]) => string | number) =>
        [...new Set(views.map(which))].slice(0, 9)
      return {
        from: of(v => v.address).slice(3),
        hosts: of(v => v.host),
        users: of(v => v.user),
        at: of(v => v.localPort),
      }
    }
    const from = (words: string) => asked(`Match Address ${words}`).from
    assert.deepEqual(from('10.0.0.0/8,!10.0.0.0/24'), ['10.0.0.0', '10.255.255.255', '10.0.0.255'])
    assert.deepEqual(from('"192.168.*" # why'), ['192.168.1.1', '192.168.2.2'])
    assert.deepEqual(from('*.5,10.*'), ['1.1.1.5', '2.2.2.5', '10.1.1.1', '10.2.2.2'])
    assert.deepEqual(from('2001:470:*,2001:db8:*:5'), [
      '2001:470:1::1',
      '2001:470:2::2',
      '2001:db8:1::5',
      '2001:db8:2::5',
    ])
    assert.deepEqual(from('2001:DB8::/33,fe80::1'), [
      '2001:db8::',
      '2001:0db8:7fff:ffff:ffff:ffff:ffff:ffff',
      'fe80::1',
    ])
    assert.deepEqual(from('gate.example.org'), [])
    const mixed = asked('Match Host ??.example.com,!11.example.com', 'Match user=Ber* localport 2222', 'Match all')
    assert.deepEqual(mixed.hosts, ['198.51.100.7', '11.example.com', 'aa.example.com'])
    assert.deepEqual(
      [mixed.users, mixed.at],
      [
        ['root', 'Ber1', 'Bera'],
        [22, 2222],
      ],
    )
    for (const criterion of ['RDomain vrf1', 'Version 1', 'User', 'Address ::ffff:10.0.0.0/104']) {
      writeFileSync(file, `Match ${criterion}\n`)
      assert.equal(run(effective, stubs).status, 75, criterion)
    }
  })

  test('effective: an Include as deep as sshd goes, and no further', () => {
    const nested = (depth: number) => join(folder, `nested-${depth}`)
    const stubs = `SSHD_CONFIG=${nested(0)}\ngetent() { echo "root:x:0:0::/nowhere:/bin/sh"; }
sshd_stub() { echo "port 22"; echo "permitrootlogin no"; }`
    for (let depth = 0; depth <= 17; depth++) writeFileSync(nested(depth), `Include ${nested(depth + 1)}\n`)
    writeFileSync(nested(16), 'Match User deep\n')
    assert.ok(read(effective, stubs).views.some(({ user }) => user === 'deep'))
    writeFileSync(nested(16), `Include ${nested(17)}\n`)
    assert.equal(run(effective, stubs).status, 75)
    // what includes all beside itself would never end
    mkdirSync(join(folder, 'rings'))
    for (const name of 'abc') writeFileSync(join(folder, 'rings', name), `Include ${folder}/rings/*\n`)
    assert.equal(run(effective, stubs.replace(nested(0), join(folder, 'rings/a'))).status, 75)
  })

  test('loginKeys: a Match that the operator is in does not hide where others keep theirs', () => {
    const home = join(folder, 'matched')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    writeFileSync(join(folder, 'by-match'), 'Match Address 10.0.0.0/8\n AuthorizedKeysFile /etc/ssh/admin/%u\n')
    const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP anna\n'
    writeFileSync(join(home, '.ssh/authorized_keys'), line)
    const stubs = `SSHD_CONFIG=${folder}/by-match\nRIEGEL_CONNECTION='10.1.2.3 1 10.9.9.9 22'
getent() { echo "anna:x:1000:1000::${home}:/bin/sh"; }
sshd_stub() { case $* in *addr=10.*) echo; echo 'authorizedkeysfile /etc/ssh/admin/%u' ;; *) echo; echo 'authorizedkeysfile .ssh/authorized_keys' ;; esac; }`
    assert.equal(read(loginKeys, stubs).keys.length, 1)
  })

  test('loginKeys: kept where no home has to be, and never nothing where a file could not be read', () => {
    mkdirSync(join(folder, 'by-name'), { recursive: true })
    const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP anna\n'
    writeFileSync(join(folder, 'by-name/anna%1000'), line)
    const stubs = `getent() { echo "anna:x:1000:1000::/nonexistent:/bin/sh"; }
SSHD_CONFIG=/nowhere
sshd_stub() { echo; echo 'authorizedkeysfile %h/keys ${folder}/by-name/%u%%%U'; }`
    const { keys: found, paths } = read(loginKeys, stubs)
    assert.deepEqual(
      [found.map(({ account, path }) => [account, path]), paths.length],
      [[['anna', join(folder, 'by-name/anna%1000')]], 2],
    )
    assert.equal(run(loginKeys, `${stubs}\nas() { :; }`).status, 70)
    // what the account itself may not read gives sshd no key either: root's own, where somebody shares its home
    chmodSync(join(folder, 'by-name/anna%1000'), 0)
    assert.deepEqual(read(loginKeys, `${stubs}\n${asNobody}`).keys, [])
    writeFileSync(join(folder, 'by-name/anna%1000'), '')
    assert.deepEqual(read(loginKeys, stubs).keys, [])
  })

  test('loginKeys: of a link the modes are those of what it leads to, and of the folder around that', () => {
    const home = join(folder, 'linked')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    mkdirSync(join(home, 'open'))
    writeFileSync(join(home, 'open/keys'), '# none\n')
    chmodSync(join(home, 'open'), 0o777)
    chmodSync(join(home, 'open/keys'), 0o666)
    symlinkSync('../open/keys', join(home, '.ssh/authorized_keys'))
    const stubs = `getent() { echo "anna:x:1000:1000::${home}:/bin/sh"; }
SSHD_CONFIG=/nowhere
sshd_stub() { echo; echo 'authorizedkeysfile .ssh/authorized_keys'; }`
    assert.deepEqual(
      read(loginKeys, stubs).paths.map(({ path, mode, kind }) => [path.slice(home.length), mode & 0o22, kind]),
      [
        ['', 0, 'directory'],
        ['/.ssh', 0, 'directory'],
        ['/open/keys', 0o22, 'file'],
        ['/open', 0o22, 'directory'],
      ],
    )
  })

  test('loginKeys: a line that is neither comment nor key is told', () => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP anna'
    const text = ['# x', '', '  ', key, 'ssh-new AAAA'].map((line, at) => `K\tanna\t/k\t${at + 1}\t${line}\n`).join('')
    const { keys, unread } = loginKeys.parse({ status: 0, text })
    assert.deepEqual([keys.map(({ line }) => line), unread], [[4], [{ account: 'anna', path: '/k', line: 5 }]])
    // one that was torn in pasting is none to sshd either
    const torn = 'K\tanna\t/k\t1\tssh-ed25519 AAAAC3NzaC1lZDI1\nK\tanna\t/k\t2\tNTE5AAAAIPF+P21R anna\n'
    assert.equal(loginKeys.parse({ status: 0, text: torn }).unread, undefined)
  })

  test('privateKeys: an account as which nothing could be read, and a folder that it may not look into', () => {
    const home = join(folder, 'unread')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    const stubs = `getent() { echo "anna:x:1000:1000::${home}:/bin/sh"; }`
    assert.deepEqual(read(privateKeys, stubs), [])
    assert.throws(() => read(privateKeys, `${stubs}\nas() { :; }`), /the keys of anna/)
    chmodSync(join(home, '.ssh'), 0)
    const dark = `${stubs}\n${asNobody}`
    const shared = `getent() { printf 'root:x:0:0::${home}:/x\\noperator:x:11:0::${home}:/x\\n'; }\n${asNobody}`
    if (process.getuid?.() === 0) assert.deepEqual(read(privateKeys, shared), [])
    assert.deepEqual(
      read(privateKeys, dark).map(({ path, format }) => [path, format]),
      [[join(home, '.ssh'), 'unknown']],
    )
  })

  test('loginText: which banners were read, cut off, or are not there', () => {
    const at = (name: string) => join(folder, name)
    writeFileSync(at('banner'), 'für alle\n\n')
    writeFileSync(at('no-end'), 'x')
    writeFileSync(at('long-banner'), 'x\n'.repeat(3000))
    const banners = ['banner', 'no-end', 'long-banner', 'gone'].map(name => `Match User ${name}\n Banner ${at(name)}\n`)
    writeFileSync(at('with-banners'), banners.join(''))
    const seen = read(loginText, `SSHD_CONFIG=${at('with-banners')}`)
    assert.deepEqual(
      seen.banners.map(({ path, cut }) => [path, cut]),
      [
        [at('banner'), undefined],
        [at('long-banner'), true],
        [at('no-end'), undefined],
      ],
    )
    assert.deepEqual(seen.missing, [at('gone')])
  })

  test('privateKeys: by how a file begins, whatever its name and its length', () => {
    const home = join(folder, 'private')
    mkdirSync(join(home, '.ssh'), { recursive: true })
    const put = (name: string, words: string) => writeFileSync(join(home, '.ssh', name), words)
    put(
      'id_ed25519',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gt\n',
    )
    put('a name.pub', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n')
    put('authorized_keys', 'ssh-ed25519 AAAA x\n-----BEGIN RSA PRIVATE KEY-----\n')
    put('long', 'x'.repeat(1_000_000))
    mkdirSync(join(home, '.ssh/old/older'), { recursive: true })
    put('old/key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n')
    put('.hidden', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n')
    writeFileSync(join(home, 'key'), '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n')
    symlinkSync('../key', join(home, '.ssh/link'))
    symlinkSync('/nowhere', join(home, '.ssh/nowhere'))
    put('empty', '')
    const { text } = run(privateKeys, `getent() { echo "root:x:0:0::${home}:/bin/sh"; }`)
    assert.deepEqual(
      text
        .split('\n')
        .filter(row => row.startsWith('K'))
        .map(row => row.split('\t')[2]),
      ['old/older', 'a name.pub', 'id_ed25519', 'link', '.hidden', 'old/key'].map(name => `${home}/.ssh/${name}`),
    )
  })

  test('sshd: whether a unit is active is read from padded columns', () => {
    const states = 'ssh.service loaded active   running OpenBSD\nssh.socket  loaded active   listening OpenBSD'
    const active = (unit: string) => run({ sh: `state_of ${unit}; echo $ACTIVE` }, `STATES='${states}'`).text
    assert.deepEqual(
      [active('ssh.socket'), active('ssh.service'), active('sh.socket')],
      ['active\n', 'active\n', 'inactive\n'],
    )
  })

  test('unit: enabled where a link starts it, and nothing at all where systemd does not answer', () => {
    const sh = 'for u in ssh.service nothere.service; do unit $u && echo $u $BOOT $ACTIVE; done'
    const ask = (answers: string) => run({ sh }, `have() { :; }\nASKED=\n${answers}`).text
    const known =
      "ASKED=yes\nSTATES='x.service loaded inactive dead X\nssh.service loaded active running OpenBSD = Secure'"
    const files = 'has_unit() { [ $1 = ssh.service ]; }\nboot_of() { BOOT=enabled; }'
    assert.equal(ask(`${known}\n${files}`), 'ssh.service enabled active\nnothere.service not-found inactive\n')
    assert.equal(ask(`ask_units() { ASKED=no; }\n${files}`), '')
  })

  test('updates: only what a security archive has newer is asked of apt, and only an answer counts', () => {
    const lists = join(folder, 'lists')
    mkdirSync(lists)
    const list = join(lists, 'x_dists_trixie-security_main_binary-amd64_Packages')
    const archive = (...pairs: readonly [string, string][]) =>
      writeFileSync(list, pairs.map(([name, version]) => `Package: ${name}\nVersion: ${version}\n\n`).join(''))
    // a shell's function has no hyphen in its name
    const renamed = updates.sh
      .replaceAll('/var/lib/apt/lists', lists)
      .replaceAll('dpkg-query', 'dpkg_query')
      .replaceAll('apt-cache', 'apt_cache')
      .replaceAll('2>/dev/null', '')
    const stubs = (answer: string) => `have() { :; }
UNITS=apt-daily-upgrade.timer
unit() { BOOT=enabled ACTIVE=active; }
dpkg_query() { printf 'ii  openssl 3.5.1-1 openssl\\nii  libc6 2.41-1 libc6:amd64\\nrc  gone 1 gone\\n'; }
dpkg() { [ "$2" \\< "$4" ]; }
apt_cache() { echo "asked: $*" >&2; ${answer} }`
    const asked = (answer: string) => run({ sh: renamed }, stubs(answer))
    const policy = `printf 'openssl:\\n  Version table:\\n     3.5.2-1 500\\n        500 http://x/debian-security trixie-security/main amd64 Packages\\n *** 3.5.1-1 100\\n';`

    archive(['openssl', '3.5.1-1'], ['libc6', '2.40-9'], ['gone', '2'], ['other', '9'])
    assert.match(asked(policy).text, /^asked=yes$/m)
    assert.doesNotMatch(asked(policy).stderr, /asked:/)
    archive(['openssl', '3.5.2-1'], ['libc6', '2.41-1'])
    const newer = asked(policy)
    assert.match(newer.stderr, /^asked: .*policy openssl$/m)
    assert.match(newer.text, /^I\topenssl\t/m)
    // a comparison that fails takes nothing off the list
    archive(['openssl', '3.5.1-0'])
    assert.doesNotMatch(asked(policy).stderr, /asked:/)
    assert.match(run({ sh: renamed }, `${stubs(policy)}\ndpkg() { return 2; }`).stderr, /^asked: .*policy openssl$/m)
    archive(['openssl', '3.5.2-1'], ['libc6', '2.41-1'])
    // an answer that did not come is not an empty one
    assert.match(asked('return 100;').text, /^asked=no$/m)
    // a packed list cannot be searched here: apt is asked about all
    writeFileSync(`${list}.lz4`, '')
    assert.match(asked(policy).stderr, /^asked: .*policy openssl libc6:amd64$/m)
    rmSync(list)
    assert.match(asked(policy).stderr, /^asked: .*policy openssl libc6:amd64$/m)
  })

  test('updates: without a list of a security archive nothing is known, and only its own age counts', () => {
    const root = join(folder, 'apt')
    const lists = join(root, 'lists')
    mkdirSync(lists, { recursive: true })
    mkdirSync(join(root, 'periodic'))
    const sh = updates.sh.replaceAll('/var/lib/apt', root).replaceAll('dpkg-query', 'dpkg_query')
    const stubs = `have() { :; }
UNITS='apt-daily-upgrade.timer apt-daily.timer'
unit() { BOOT=enabled ACTIVE=active; }
dpkg_query() { printf 'ii  openssl 3.5.1-1 openssl\n'; }`
    const seen = () => {
      const { pendingSecurity, listsAgeDays } = read({ ...updates, sh }, stubs)
      return [pendingSecurity, listsAgeDays]
    }
    const write = (name: string, days: number) => {
      const at = Date.now() / 1000 - days * 86400 - 60
      writeFileSync(join(root, name), '')
      utimesSync(join(root, name), at, at)
    }
    write('lists/x_dists_trixie_InRelease', 0)
    write('lists/x_dists_trixie_main_binary-amd64_Packages', 0)
    write('lists/x_repositories_security:_tool_InRelease', 50)
    write('periodic/update-success-stamp', 0)
    assert.deepEqual(seen(), [null, null])
    write('lists/x_debian-security_dists_trixie-security_InRelease', 90)
    assert.deepEqual(seen(), [null, 90])
    write('lists/x_debian-security_dists_trixie-security_main_binary-amd64_Packages', 0)
    assert.deepEqual(seen(), [[], 90])
    write('lists/x_debian-security_dists_trixie-security_InRelease', 1)
    assert.deepEqual(seen(), [[], 1])
  })

  test('updates: what a security archive says of itself, and both timers', () => {
    const root = join(folder, 'archives')
    mkdirSync(join(root, 'lists'), { recursive: true })
    const sh = updates.sh
      .replaceAll('/var/lib/apt', root)
      .replace('dpkg-query', 'dpkg_query')
      .replace('apt-config', ':')
    const seen = (installed: string) =>
      read(
        { ...updates, sh },
        `have() { :; }
UNITS='apt-daily-upgrade.timer apt-daily.timer'
unit() { BOOT=enabled ACTIVE=active; [ $1 = apt-daily-upgrade.timer ] || BOOT=masked; }
dpkg_query() { printf 'ii  apt 1 apt\\nii  ${installed} 1 x\\n'; }`,
      )
    const head =
      'Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nVersion: 13\nCodename: trixie-security\n'
    const signed = `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${head}Components: main\nLabel: no\n`
    const name = 'x_debian-security_dists_trixie-security'
    writeFileSync(join(root, `lists/${name}_InRelease`), signed)
    const { archives, timerEnabled, listsTimed } = seen('unattended-upgrades')
    assert.deepEqual(archives, [
      { origin: 'Debian', label: 'Debian-Security', codename: 'trixie-security', archive: 'stable-security' },
    ])
    assert.deepEqual([timerEnabled, listsTimed], [true, false])
    assert.deepEqual(seen('openssl').archives, [])
  })

  test('clock: no answer is no no', () => {
    const parse = (said: string) => clock.parse({ status: 0, text: `timesyncd=no\nsynchronised=${said}\n` })
    assert.equal(parse('').unanswered, true)
    assert.deepEqual([parse('no').unanswered, parse('no').synchronised], [undefined, false])
    assert.deepEqual([parse('yes').unanswered, parse('yes').synchronised], [undefined, true])
  })

  test('guessGuard: another jail whose name only begins alike is not sshd', () => {
    const stubs = (jails: string) =>
      `have() { :; }\nsystemctl() { :; }\nf() { echo "${jails}"; }\ntimeout() { shift; [ $1 != fail2ban-client ] || { shift; set -- f "$@"; }; "$@"; }`
    assert.match(run(guessGuard, stubs('x Jail list:\trecidive, sshd')).text, /^jail=yes$/m)
    assert.match(run(guessGuard, stubs('x Jail list:\tsshd-ddos, my-sshd')).text, /^jail=no$/m)
  })

  test('guessGuard: which of its logs are there; a number that did not come is no zero', () => {
    const log = join(folder, 'own log')
    writeFileSync(log, 'x\n')
    utimesSync(log, 1000, 1000)
    const stubs = (bantime: string) => `have() { :; }
unit() { return 1; }
systemctl() { :; }
f() {
  case "$*" in
    status) echo 'x Jail list:\tsshd' ;;
    'get sshd maxretry') echo 5 ;;
    'get sshd bantime') ${bantime} ;;
    'get sshd logpath') printf 'Current:\n|- ${log}\n\`- ${folder}/gone\n' ;;
  esac
}
timeout() { shift; [ $1 != fail2ban-client ] || { shift; set -- f "$@"; }; "$@"; }`
    const { jail } = read(guessGuard, stubs('echo 600')).fail2ban
    assert.deepEqual(jail?.logPaths, [log, `${folder}/gone`])
    assert.deepEqual(jail?.logs, [{ path: log, modified: 1000 }])
    assert.throws(() => read(guessGuard, stubs('return 1')), /not a number/)
  })

  test('sshd: what systemd was told of its socket; a line for each address', () => {
    const text = `version=OpenSSH_9.2p1
now=2
uptime=1
KillMode=process
Id=ssh.service
LoadState=loaded
ActiveState=inactive

KillMode=control-group
Listen=0.0.0.0:22 (Stream)
Listen=[::]:22 (Stream)
Accept=no
Id=ssh.socket
Triggers=ssh.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled
DropInPaths=/etc/systemd/system/ssh.socket.d/a.conf /etc/systemd/system/ssh.socket.d/b.conf

L\t/etc/systemd/system/ssh.socket.d/b.conf
socket-generator=yes
valid=yes
complaint=
start-options=
`
    const seen = sshd.parse({ status: 0, text })
    assert.deepEqual(seen.socket, {
      listen: ['0.0.0.0:22 (Stream)', '[::]:22 (Stream)'],
      accept: false,
      triggers: ['ssh.service'],
      dropIns: ['/etc/systemd/system/ssh.socket.d/a.conf', '/etc/systemd/system/ssh.socket.d/b.conf'],
      setBy: ['/etc/systemd/system/ssh.socket.d/b.conf'],
      generator: true,
      killMode: 'process',
    })
    assert.equal(sshd.parse({ status: 0, text: text.replace('Id=ssh.socket', 'Id=other.socket') }).socket, undefined)
  })

  test('sshd: host keys wherever they lie, and where one could not be read', () => {
    const [own, bare] = [join(folder, 'own_key'), join(folder, 'bare_key')]
    const line = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP host'
    for (const path of [own, bare]) writeFileSync(path, 'x')
    writeFileSync(`${own}.pub`, line)
    const said = `sshd_stub() { for f in ${own} ${bare} /nowhere/key; do echo "hostkey $f"; done; }`
    const seen = read(sshd, `SSHD_CONFIG=/nowhere\nsystemctl() { :; }\n${said}`)
    assert.deepEqual(
      seen.hostKeys.filter(({ path }) => path.startsWith(folder)).map(({ path }) => path),
      [`${own}.pub`],
    )
    assert.deepEqual(seen.unreadHostKeys, [`${bare}.pub`])
  })

  test('sshd: children of a daemon, tests and single connections are no daemons', () => {
    const lines = [
      'A\t100\t1\tsshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups',
      'A\t101\t100\tsshd: /usr/sbin/sshd -D [listener] 1 of 10-100 startups',
      'A\t102\t100\t/usr/sbin/sshd -D -R',
      'A\t103\t1\t/usr/sbin/sshd -i',
      'A\t104\t900\t/usr/sbin/sshd -T -C user=x',
      'A\t105\t100\tsshd: anna [priv]',
    ]
    const text = `version=OpenSSH_9.2p1\nnow=2\nuptime=1\nvalid=yes\ncomplaint=\nstart-options=\n${lines.join('\n')}\n`
    const daemon = { pid: 100, args: ['/usr/sbin/sshd', '-D'] }
    assert.deepEqual(sshd.parse({ status: 0, text }).daemons, [daemon])
    const other = sshd.parse({ status: 0, text: `${text}X\t100\nX\t105\n` }).daemons
    assert.deepEqual(other, [{ ...daemon, elsewhere: true }])
  })
})

describe('password-policy: reads what PAM asks of new passwords', () => {
  const place = join(folder, 'policy')
  /** The look on files of our own instead of those of this machine. */
  const policy = (files: Readonly<Record<string, string>>) => {
    rmSync(place, { recursive: true, force: true })
    mkdirSync(join(place, 'pam.d'), { recursive: true })
    mkdirSync(join(place, 'security/pwquality.conf.d'), { recursive: true })
    for (const [name, content] of Object.entries(files)) writeFileSync(join(place, name), content)
    const { status, text, stderr } = run({ sh: passwordPolicy.sh.replaceAll('/etc/', `${place}/`) }, '')
    assert.equal(status, 0, stderr)
    return passwordPolicy.parse({ status: 0, text })
  }

  test('through includes and substacks, without comments, a last line without an end too', () => {
    const unix = '[success=1 default=ignore] pam_unix.so obscure yescrypt'
    const seen = policy({
      'pam.d/passwd':
        '#%PAM-1.0\nauth required pam_env.so\n@include common-password\n-password\toptional pam_kwallet.so',
      'pam.d/common-password': `# Debian\npassword\t[success=1 default=ignore]\tpam_unix.so obscure yescrypt\t# the hash\npassword substack other-password\n`,
      'pam.d/other-password': 'password requisite pam_pwquality.so retry=3 minlen=15\naccount required pam_unix.so\n',
    })
    assert.deepEqual(seen.pam, [unix, 'requisite pam_pwquality.so retry=3 minlen=15', 'optional pam_kwallet.so'])
    assert.deepEqual(seen.pwquality, [])
  })

  test('pwquality.conf and its drop-ins, with and without blanks; a file that includes itself ends', () => {
    const seen = policy({
      'pam.d/other': '@include other\n',
      'security/pwquality.conf': '# minlen = 8\nminlen = 12\n dcredit=-1 # one digit\nretry = 3\nenforcing = 0\n',
      'security/pwquality.conf.d/50-length.conf': 'minlen=20',
    })
    assert.deepEqual(seen.pam, [])
    assert.deepEqual(seen.pwquality, [
      { name: 'minlen', value: '12' },
      { name: 'dcredit', value: '-1' },
      { name: 'enforcing', value: '0' },
      { name: 'minlen', value: '20' },
    ])
  })
})
