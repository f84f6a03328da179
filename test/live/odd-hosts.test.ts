// Items 8 and 9 of the issue: what could not be seen is never a pass, and servers that are not like the others are
// handled as transaction.md says: hardened all the same, or refused by name before anything is touched.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Finding, Report } from '../../src/model/report.js'
import { serverRules } from '../../src/riegel.js'
import { difference, type Host, type Lab, type Suite, snapshot } from './lab/index.js'
import type { Result } from './lab/tools.js'
import {
  assertBolted,
  byKey,
  fingerprint,
  live,
  type Operator,
  program,
  report,
  rulesWith,
  verdict,
  type Workplace,
  withUser,
  workplace,
} from './support.js'

/** Every rule that needs one of these sections, and whether it may be told at all without them. */
const needing = (...sections: string[]): string[] =>
  serverRules.filter(rule => rule.needs.some(name => sections.includes(name))).map(rule => rule.id)

const finding = (of: Report, rule: string): Finding => of.findings.find(one => one.rule === rule)!

/** The rules that need these sections are unknown, each with a reason; none of them is told as fine. */
const assertDark = (of: Report, sections: readonly string[], reason: RegExp): void => {
  const rules = needing(...sections)
  assert.ok(rules.length > 0, `rules need ${sections}`)
  for (const rule of rules) {
    assert.equal(verdict(of, rule), 'unknown', rule)
    assert.notEqual(finding(of, rule).because?.en ?? '', '', `${rule} says why`)
  }
  assert.ok(
    rules.some(rule => reason.test(finding(of, rule).because?.en ?? '')),
    `${reason} is among the reasons`,
  )
}

// mostly they wait: two groups at a time
describe('odd hosts', { ...live, concurrency: 2 }, () => {
  let place: Workplace
  let lab: Lab
  let operator: Operator

  before(async () => {
    place = await workplace('odd')
    ;({ lab, operator } = place)
  })

  after(() => place.close())

  const audit = async (host: Host, who = 'root', more: readonly string[] = []): Promise<Result & { seen: Report }> => {
    const words = ['audit', `${who}@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host)]
    const result = await operator.riegel([...words, '--format', 'json', '--lang', 'en', ...more])
    assert.notEqual(result.stdout, '', result.stderr)
    return { ...result, seen: report(result) }
  }

  const hardenWords = async (host: Host, who: string, more: readonly string[]): Promise<string[]> => [
    'harden',
    `${who}@${host.ip4}`,
    ...operator.files,
    '--host-key',
    await fingerprint(host),
    ...['--yes', '--new-port', '301', '--lang', 'en', '--allow', 'no-console', '--skip', 'upkeep'],
    ...more,
  ]
  const harden = async (host: Host, who: string, more: readonly string[]): Promise<Result> =>
    operator.riegel(await hardenWords(host, who, more))
  const anna = () => ['--user', 'anna', '--key', operator.key, '--sudo', 'nopasswd']

  /** Refused with exit 2 and two lines that name the reason; the host is what it was. */
  const assertRefused = async (host: Host, run: () => Promise<Result>, reason: RegExp): Promise<void> => {
    const was = await snapshot(host)
    const result = await run()
    assert.equal(result.code, 2, result.stdout + result.stderr)
    assert.match(result.stderr, reason)
    const lines = result.stderr.trimEnd().split('\n')
    assert.equal(lines.length, 2, result.stderr)
    assert.match(lines[0]!, /^Error: /)
    assert.match(lines[1]!, /^Hint: /)
    assert.deepEqual(difference(was, await snapshot(host)), [])
  }

  describe('hardened all the same', { concurrency: 2 }, () => {
    const hardened = (result: Result): void => {
      assert.equal(result.code, 0, result.stdout + result.stderr)
      assert.match(result.stderr, /confirmed/)
    }

    test('each sudo takes 20 s, since the name does not resolve: proven with patience', async () => {
      const hole = 'table inet hole { chain input { type filter hook input priority 0; udp dport 53 drop; }; }'
      assert.equal((await lab.run(['nft', '-f', '-'], { input: hole })).code, 0)
      const host = await lab.host({
        suite: 'trixie',
        setup: `${byKey(operator.keyLine)}sed -i /127.0.1.1/d /etc/hosts; echo 'nameserver ${lab.ip4}' >/etc/resolv.conf`,
      })
      const began = performance.now()
      hardened(await harden(host, 'root', anna()))
      const seconds = (performance.now() - began) / 1000
      assert.ok(seconds > 40, `sudo was slow indeed, twice (${seconds.toFixed(0)} s)`)
      await host.must("echo '127.0.1.1 '$(uname -n) >>/etc/hosts")
      await assertBolted(operator, host, 301)
      await host.stop()
    })

    test('no sudo: it is installed before anything is staged, and undo keeps it', async () => {
      const host = await lab.host({ suite: 'trixie', layers: ['no-sudo'], setup: byKey(operator.keyLine) })
      await host.must('mv /mnt/riegel-packages /mnt/gone')
      const bare = await snapshot(host)
      const failed = await harden(host, 'root', anna())
      assert.equal(failed.code, 2, failed.stderr)
      assert.match(failed.stderr, /Error: sudo could not be installed/)
      assert.deepEqual(difference(bare, await snapshot(host)), [])
      await host.must('mv /mnt/gone /mnt/riegel-packages')

      const result = await harden(host, 'root', anna())
      hardened(result)
      assert.match(result.stderr, /sudo/)
      await assertBolted(operator, host, 301)
      const undone = await operator.riegel([
        'undo',
        `anna@${host.ip4}`,
        '-p',
        '301',
        ...operator.files,
        '--yes',
        '--lang',
        'en',
      ])
      assert.equal(undone.code, 0, undone.stderr)
      await host.must('command -v sudo')
      const left = difference(bare, await snapshot(host)).filter(line => !/sudo/.test(line))
      assert.deepEqual(left, [])
      await host.stop()
    })

    test('a connection of their own that is open already is looked through, and proves nothing', async () => {
      const host = await lab.host({ suite: 'trixie', setup: byKey(operator.keyLine) })
      const shared = ['-o', `ControlPath=${operator.home}/master`]
      const master = (...words: string[]) => operator.ssh(host, 'root', 22, 'true', [...shared, ...words])
      assert.equal((await master('-o', 'ControlMaster=yes', '-o', 'ControlPersist=300')).code, 0)
      try {
        const { seen } = await audit(host, 'root', shared)
        assert.equal(verdict(seen, 'disclosure/ssh-banner'), 'fail')
        // over the open one a login "on port 301" would succeed, whatever is shut outside
        await host.blockPort(301)
        const blocked = await harden(host, 'root', [...anna(), ...shared])
        assert.equal(blocked.code, 3, blocked.stderr)
        await host.unblockPort(301)
        hardened(await harden(host, 'root', [...anna(), ...shared]))
        await assertBolted(operator, host, 301)
      } finally {
        await master('-O', 'exit')
        await host.stop()
      }
    })

    test("the owner's shell prints noise: as root, and as an ordinary user", async () => {
      const noise = `for f in .bashrc .profile; do
  { echo 'echo "Welcome! Permission denied (publickey)."; echo oops >&2'
    echo 'echo "riegel-00000000000000000000000000000000 ready 0 root"; i=0; while [ $i -lt 300 ]; do echo "line $i"; i=$((i+1)); done; printf "no newline"'
    cat HOME/$f 2>/dev/null; } >/tmp/noise; cat /tmp/noise >HOME/$f; rm /tmp/noise
done
`
      const host = await lab.host({
        suite: 'trixie',
        setup: byKey(operator.keyLine) + noise.replaceAll('HOME', '/root'),
      })
      assert.match((await operator.ssh(host, 'root', 22, 'true')).stdout, /line 299/, 'the noise is there')
      // a socket that systemd holds for something else is not sshd's, and stays
      await host.must(`printf '[Socket]\\nListenStream=9090\\nAccept=yes\\n' >/etc/systemd/system/panel.socket
printf '[Service]\\nExecStart=/bin/cat\\nStandardInput=socket\\n' >/etc/systemd/system/panel@.service
systemctl daemon-reload; systemctl start panel.socket`)
      hardened(await harden(host, 'root', anna()))
      assert.match(await host.must('ss -H -tln'), /:9090 /)
      await assertBolted(operator, host, 301, 'echo; sudo -n id -u')
      await host.stop()
      const other = await lab.host({
        suite: 'bookworm',
        setup: withUser('anna', operator.keyLine, 'NOPASSWD: ALL') + noise.replaceAll('HOME', '/home/anna'),
      })
      // nor is a port that a session forwards
      const forward = [
        '-N',
        '-R',
        '8099:127.0.0.1:1',
        '-o',
        'ExitOnForwardFailure=yes',
        '-o',
        'StrictHostKeyChecking=no',
      ]
      const open = lab.start(['ssh', '-F', 'none', ...operator.files, ...forward, `anna@${other.ip4}`], {
        env: operator.env,
      })
      for (let i = 0; i < 50 && !/:8099 /.test(await other.must('ss -H -tln')); i += 1)
        await new Promise(resolve => setTimeout(resolve, 100))
      hardened(await harden(other, 'anna', ['--sudo', 'nopasswd']))
      assert.match(await other.must('ss -H -tln'), /127\.0\.0\.1:8099 /)
      open.kill()
      await assertBolted(operator, other, 301, 'echo; sudo -n id -u')
      await other.stop()
    })

    test('cloud-init still at work is waited for; with a new instance the door stays shut', async () => {
      // the first instance is at work until the test lets it end
      const seed = (instance: string, work: string) => `mkdir -p /var/lib/cloud/seed/nocloud
printf 'instance-id: ${instance}\\n' >/var/lib/cloud/seed/nocloud/meta-data
printf '#cloud-config\\nssh_pwauth: true\\ndisable_root: false\\nssh_deletekeys: false\\nruncmd:\\n - ${work}\\n' >/var/lib/cloud/seed/nocloud/user-data
`
      const host = await lab.host({
        suite: 'trixie',
        layers: ['cloud-init'],
        setup:
          byKey(operator.keyLine) + seed('i-one', 'timeout 120 sh -c "until [ -e /run/enough ]; do sleep 0.2; done"'),
      })
      assert.match((await host.sh('cloud-init status')).stdout, /running/)
      const running = operator.startRiegel(await hardenWords(host, 'root', anna()))
      let told = ''
      const waits = new Promise<void>(resolve => {
        running.child.stderr?.on('data', chunk => {
          told += chunk
          if (/cloud-init is still setting the server up; Riegel waits/.test(told)) resolve()
        })
      })
      await Promise.race([waits, running.done])
      await host.must('touch /run/enough')
      const result = await running.done
      hardened(result)
      assert.match(result.stderr, /cloud-init is still setting the server up; Riegel waits/)
      assert.match((await host.sh('cloud-init status')).stdout, /done/)
      assert.match(await host.must('cat /etc/ssh/sshd_config.d/50-cloud-init.conf'), /PasswordAuthentication yes/)
      await assertBolted(operator, host, 301)
      await host.must(seed('i-two', '"true"'))
      await host.reboot({ port: 301 })
      await host.must('timeout 120 cloud-init status --wait || true')
      assert.match(await host.must('cat /run/cloud-init/instance-data.json'), /i-two/)
      await assertBolted(operator, host, 301)
      await host.stop()
    })

    test('an account whose process calls itself sshd adds no line to root’s files; a banner that tells goes', async () => {
      const host = await lab.host({
        suite: 'trixie',
        setup: `${byKey(operator.keyLine)}\nuseradd -m eva; echo 'Port 22' >>/etc/ssh/sshd_config
echo 'Banner /etc/issue.net' >/etc/ssh/sshd_config.d/20-banner.conf; echo 'Debian GNU/Linux 13' >/etc/issue.net`,
      })
      const forged = 'x\\n|TrustedUserCAKeys /tmp/ca.pub\\nstart-options=\\n'
      await host.must(`cp /bin/dash /tmp/sshd
setsid runuser -u eva -- bash -c 'exec -a x /tmp/sshd -c "sleep 300; :" "$(printf "${forged}")"' </dev/null >/dev/null 2>&1 &
until grep -lx sshd /proc/[0-9]*/comm | xargs -I% sh -c 'grep -q TrustedUserCAKeys "$(dirname %)/cmdline"' 2>/dev/null || [ $((n += 1)) -gt 50 ]; do sleep 0.1; done`)
      assert.match(await host.must('cat /proc/[0-9]*/cmdline | tr "\\000" " "'), /^\|TrustedUserCAKeys/m)
      hardened(await harden(host, 'root', anna()))
      assert.doesNotMatch(await host.must('cat /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*'), /TrustedUserCAKeys/)
      assert.match(await host.must('cat /etc/ssh/sshd_config'), /^#riegel Port 22$/m)
      // what a banner told goes as well
      assert.match(await host.must('sshd -T'), /^banner \/etc\/ssh\/riegel-banner$/m)
      await assertBolted(operator, host, 301)
      await host.stop()
    })

    test('undo by hand while another program holds the old port: refused, and done when it is free', async () => {
      const host = await lab.host({ suite: 'trixie', setup: byKey(operator.keyLine) })
      const was = await snapshot(host)
      hardened(await harden(host, 'root', anna()))
      await host.must(`cat >/run/systemd/system/thief.socket <<'END'
[Socket]
ListenStream=22
Accept=yes
END
printf '[Service]\\nExecStart=/bin/true\\nStandardInput=socket\\n' >/run/systemd/system/thief@.service
systemctl daemon-reload; systemctl start thief.socket`)
      const bolted = await snapshot(host)
      const words = ['undo', `anna@${host.ip4}`, '-p', '301', ...operator.files, '--yes', '--lang', 'en']
      const refused = await operator.riegel(words)
      assert.equal(refused.code, 2, refused.stderr)
      assert.match(
        refused.stderr,
        /Error: The old way in \(root, port 22\) does not work any more; nothing was taken back/,
      )
      assert.deepEqual(difference(bolted, await snapshot(host)), [])
      assert.equal((await operator.ssh(host, 'anna', 301, 'sudo -n id -u')).stdout.trim(), '0')

      // whoever insists, on the console, is told the same: sshd could not take that port back
      const held = await host.sh('sh /var/lib/riegel/*/undo.sh')
      assert.equal(held.code, 4, held.stdout)
      assert.match(held.stdout, /another program holds .*:22, nothing was taken back/)
      assert.deepEqual(difference(bolted, await snapshot(host)), [])
      const again = await host.sh(
        'systemctl stop thief.socket; rm /run/systemd/system/thief*; sh /var/lib/riegel/*/undo.sh',
      )
      assert.match(again.stdout, /^rolled-back$/m, again.stdout + again.stderr)
      await host.must('systemctl daemon-reload')
      assert.deepEqual(difference(was, await snapshot(host)), [])
      assert.equal((await operator.ssh(host, 'root', 22, 'id -u')).stdout.trim(), '0')
      await host.stop()
    })

    test('bullseye: looked at, hardened, and taken back', async () => {
      const host = await lab.host({ suite: 'bullseye', setup: byKey(operator.keyLine) })
      const { code, seen } = await audit(host)
      assert.equal(code, 1)
      assert.deepEqual(rulesWith(seen, 'unknown'), [])
      for (const rule of [
        'root/ssh-login',
        'ports/ssh-default-port',
        'disclosure/ssh-banner',
        'root/no-ordinary-admin',
      ])
        assert.equal(verdict(seen, rule), 'fail', rule)
      const was = await snapshot(host)
      hardened(await harden(host, 'root', anna()))
      await assertBolted(operator, host, 301)
      const words = ['undo', `anna@${host.ip4}`, '-p', '301', ...operator.files, '--yes', '--lang', 'en']
      const undone = await operator.riegel(words)
      assert.equal(undone.code, 0, undone.stderr)
      assert.deepEqual(difference(was, await snapshot(host)), [])
      await host.stop()
    })
  })

  describe('what cannot be seen', { concurrency: false }, () => {
    let host: Host

    before(async () => {
      host = await lab.host({
        suite: 'trixie',
        setup: `${byKey(operator.keyLine)}
${withUser('bert', operator.keyLine, 'NOPASSWD: /bin/true')}
rm /etc/sudoers.d/50-bert
printf 'PasswordAuthentication yes\\n' >/etc/ssh/sshd_config.d/60-passwords.conf
printf 'PasswordAuthentication no\\nKbdInteractiveAuthentication no\\n' >>/etc/ssh/sshd_config
`,
      })
    })
    after(() => host.stop())

    test('a drop-in that was deleted without a reload: unknown, and nothing is built on it', async () => {
      assert.equal(verdict((await audit(host)).seen, 'keys/password-login'), 'fail', 'as it was read')
      await host.must('rm /etc/ssh/sshd_config.d/60-passwords.conf')
      assert.match(await host.must("sshd -T | grep '^passwordauthentication'"), /no/, 'the files say no')
      const offered = await operator.ssh(host, 'bert', 22, 'true', ['-o', 'PreferredAuthentications=none'])
      assert.match(offered.stderr, /Permission denied \(.*password/, 'the daemon still takes passwords')
      const { code, seen } = await audit(host)
      assert.equal(code, 1)
      assertDark(seen, ['effective'], /changed since sshd read them/)
      await assertRefused(host, () => harden(host, 'root', anna()), /changed since sshd read them/)
    })

    test('sshd -T that fails: unknown with the reason; harden names the line', async () => {
      await host.must("echo 'NoSuchOption yes' >/etc/ssh/sshd_config.d/70-broken.conf")
      const { code, seen } = await audit(host)
      assert.equal(code, 1)
      assertDark(seen, ['effective', 'loginKeys'], /refuses its configuration/)
      await assertRefused(host, () => harden(host, 'root', anna()), /NoSuchOption/)
    })

    test('a look that takes too long: unknown with the reason, the rest is seen', async () => {
      await host.must("printf '#!/bin/sh\\nexec sleep 60\\n' >/usr/sbin/ss; chmod 755 /usr/sbin/ss")
      const { code, seen } = await audit(host)
      await host.must('rm /usr/sbin/ss')
      assert.equal(code, 1)
      assertDark(seen, ['listeners'], /took too long/)
      assert.deepEqual(rulesWith(seen, 'pass').includes('passwords/empty'), true, 'others were looked at')
    })

    test('a user without sudo: what needs root is unknown; harden refuses', async () => {
      const { code, seen } = await audit(host, 'bert')
      assert.equal(code, 1)
      assert.equal(seen.lookedAs.account, 'bert')
      assert.equal(seen.lookedAs.root, false)
      assertDark(seen, ['effective', 'accounts', 'sudo', 'loginKeys', 'listeners', 'firewall'], /needs root/)
      await assertRefused(host, () => harden(host, 'bert', anna()), /sudo|root/)
    })

    test('an unprivileged look at this machine: the same', async () => {
      const home = await lab.run(['mktemp', '-d', '--tmpdir', 'riegel-nobody-XXXXXX'])
      const folder = home.stdout.trim()
      try {
        await lab.run(['chown', '65534:65534', folder])
        const who = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', `HOME=${folder}`]
        const words = [process.execPath, program, 'audit', '--format', 'json', '--lang', 'en']
        const result = await lab.run([...who, ...words], { env: operator.env, timeoutMs: 60_000 })
        assert.equal(result.code, 1, result.stderr)
        const seen = report(result)
        assert.equal(seen.lookedAs.root, false)
        assertDark(seen, ['effective', 'accounts', 'sudo', 'loginKeys', 'listeners', 'firewall'], /needs root/)
      } finally {
        await lab.run(['rm', '-rf', folder])
      }
    })
  })

  for (const suite of ['trixie', 'bookworm'] as const satisfies Suite[])
    describe(`refused by name on ${suite}, and nothing is touched`, { concurrency: false }, () => {
      let host: Host

      before(async () => {
        host = await lab.host({ suite, setup: byKey(operator.keyLine) })
      })
      after(() => host.stop())

      const reload = (script: string) => host.must(`${script}\nsystemctl reload ssh && sleep 0.3`)

      test('a unit of sshd that is broken on the disk while the running one is fine', async () => {
        const folder = '/etc/systemd/system/ssh.service.d'
        await host.must(
          `mkdir ${folder}; printf '[Service]\\nExecStart=\\nExecStart=/no/such/sshd -D\\n' >${folder}/x.conf`,
        )
        await assertRefused(
          host,
          () => harden(host, 'root', anna()),
          /unit for ssh on the disk is broken.*(ssh\.service|no\/such)/,
        )
        await host.must(`rm -r ${folder}`)
      })

      test('a second sshd on another port', async () => {
        await host.must('systemd-run -q --unit=other /usr/sbin/sshd -D -p 2222 -o PidFile=none')
        assert.ok(await host.waitForPort(2222))
        await assertRefused(
          host,
          () => harden(host, 'root', anna()),
          /sshd does not run by its files alone here: \/usr\/sbin\/sshd -D -p 2222/,
        )
        await host.must('systemctl stop other')
      })

      test('a second SSH server that is no sshd, on one address only', async () => {
        await host.must(`cat >/run/systemd/system/drop.socket <<'END'
[Socket]
ListenStream=${host.ip4}:2223
Accept=yes
END
cat >/run/systemd/system/drop@.service <<'END'
[Service]
ExecStart=/bin/sh -c 'echo SSH-2.0-dropbear_2024.86; sleep 2'
StandardInput=socket
StandardOutput=socket
END
systemctl daemon-reload; systemctl start drop.socket`)
        assert.ok(await host.waitForPort(2223))
        await assertRefused(host, () => harden(host, 'root', anna()), /Another SSH server listens on port 2223/)
        await host.must('systemctl stop drop.socket; rm /run/systemd/system/drop*; systemctl daemon-reload')
      })

      test('an sshd with options that go before every file, now or at its next start', async () => {
        await host.must('cp -p /etc/default/ssh /root/; echo SSHD_OPTS=-4oPasswordAuthentication=yes >/etc/default/ssh')
        await assertRefused(host, () => harden(host, 'root', anna()), /options of its own \(-4oPassword/)
        await host.must('systemctl restart ssh')
        assert.ok(await host.waitForPort(22))
        const { seen } = await audit(host)
        assertDark(seen, ['effective'], /does not run by its files alone here: .*-4oPasswordAuthentication=yes/)
        await assertRefused(host, () => harden(host, 'root', anna()), /not run by its files alone here: .*-4oPassword/)
        await host.must('cp -p /root/ssh /etc/default/ssh; rm /root/ssh; systemctl restart ssh')
        assert.ok(await host.waitForPort(22))
      })

      test('passwords on the wire though every file, older than the daemon, says no: failed, not passed', async () => {
        const file = '/etc/ssh/sshd_config.d/90-no.conf'
        await host.must(`echo PasswordAuthentication no >${file}; echo PasswordAuthentication yes >/root/yes
mount --bind /root/yes ${file}; sleep 0.1; systemctl restart ssh; umount ${file}`)
        assert.ok(await host.waitForPort(22))
        assert.match(await host.must("sshd -T | grep '^passwordauthentication'"), /no/)
        const { seen } = await audit(host)
        assert.equal(verdict(seen, 'keys/password-login'), 'fail')
        assert.match(finding(seen, 'keys/password-login').problems[0]!.text.en, /though the files say otherwise/)
        await host.must(`rm ${file} /root/yes; systemctl restart ssh`)
        assert.ok(await host.waitForPort(22))
      })

      test('an sshd that the next boot would not start, or start otherwise', async () => {
        await reload('touch /etc/ssh/sshd_not_to_be_run')
        await assertRefused(host, () => harden(host, 'root', anna()), /sshd_not_to_be_run is there/)
        await host.must('rm /etc/ssh/sshd_not_to_be_run; systemctl reload ssh; systemctl enable ssh.socket')
        await assertRefused(host, () => harden(host, 'root', anna()), /At the next boot ssh\.socket holds the port/)
        await host.must('systemctl disable ssh.socket')
      })

      test('a place of its own in memory, or an overlay that writes there', async () => {
        await host.must('mkdir -p /var/lib/riegel; mount -t tmpfs none /var/lib/riegel')
        await assertRefused(host, () => harden(host, 'root', anna()), /\/var\/lib\/riegel lies in memory/)
        await host.must('umount /var/lib/riegel; rmdir /var/lib/riegel')
        const overlay =
          'mkdir -p /run/o/u /run/o/w && mount -t overlay o -o lowerdir=/home,upperdir=/run/o/u,workdir=/run/o/w /home'
        await host.must(overlay)
        await assertRefused(host, () => harden(host, 'root', anna()), /\/home lies in memory/)
        await host.must('umount /home; rm -r /run/o')
      })

      test('a Match that asks more than a key of the new account, or runs something else for it', async () => {
        const file = '/etc/ssh/sshd_config.d/80-match.conf'
        await reload(`printf 'Match User anna\\n  AuthenticationMethods publickey,password\\n' >${file}`)
        await assertRefused(host, () => harden(host, 'root', anna()), /AuthenticationMethods publickey,password/)
        await reload(`printf 'Match User an*\\n  ForceCommand /bin/true\\n' >${file}`)
        await assertRefused(host, () => harden(host, 'root', anna()), /runs something else.*ForceCommand/)
        await reload(`printf 'Match Address 10.0.0.0/8\\n  DenyUsers anna\\n' >${file}`)
        await assertRefused(host, () => harden(host, 'root', anna()), /DenyUsers .*would not let anna in/)
        await reload(`rm ${file}`)
      })
    })
})
