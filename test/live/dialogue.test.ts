// screens.md, section 3: the whole conversation of a first harden on a terminal, in German, from an unknown server and no
// key at all to the entry in ssh's configuration; and what Ctrl+C does before and while something is being changed.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { difference, type Host, type Lab, type Prompt, snapshot, type Transcript } from './lab/index.js'
import {
  byKey,
  byPassword,
  fingerprint,
  live,
  needOathtool,
  type Operator,
  report,
  rootPassword,
  verdict,
  type Workplace,
  withUser,
  workplace,
} from './support.js'

/** What a terminal shows in the end: a line that was taken away, colours and moves are gone. */
const plain = (output: string): string =>
  output
    .replaceAll('\r\n', '\n')
    .replace(/[^\n]*\r\u001b\[K/g, '')
    .replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '')
    .replaceAll('\r', '')

const once = (expect: RegExp, send: Prompt['send']): Prompt => ({ expect, send, times: 1 })
const shown = /\b(?:[a-km-np-x2-9]{4}\.){4}([a-km-np-x2-9]{4})\b/

/** What a phone shows; `later` seconds from now. */
const codeOf = (secret: string, later = 0): string =>
  execFileSync('oathtool', ['--totp', '-b', secret, '-N', `@${Math.floor(Date.now() / 1000) + later}`], {
    encoding: 'utf8',
  }).trim()

describe('a conversation', live, () => {
  let place: Workplace
  let lab: Lab
  let operator: Operator
  let home: string
  let config: string

  before(async () => {
    place = await workplace('dialogue')
    ;({ lab, operator } = place)
    home = mkdtempSync(`${tmpdir()}/riegel-newcomer-`)
    config = `${home}/config`
    writeFileSync(config, `# mine\nHost *\n  UserKnownHostsFile ${home}/known_hosts\n`)
  })

  after(async () => {
    rmSync(home, { recursive: true, force: true })
    await place.close()
  })

  const type = (words: readonly string[], answers: Prompt[]): Promise<Transcript> =>
    lab.pty(operator.argv(words), answers, {
      env: { ...operator.env, HOME: home, LANG: 'de_DE.UTF-8' },
      timeoutMs: 180_000,
      columns: 100,
    })

  describe('of somebody new', { concurrency: false }, () => {
    const passphrase = 'vier wolken im regen'
    let host: Host
    let said: Transcript
    let screen: string
    let password: string

    before(async () => {
      host = await lab.host({ suite: 'trixie', setup: byPassword })
      said = await type(
        ['harden', `root@${host.ip4}`, '-F', config, '--skip', 'upkeep'],
        [
          once(/Vertrauen und merken\? \(ja\/nein\) /, 'ja\n'),
          once(/password: /, `${rootPassword}\n`),
          once(/Name: /, 'admin\n'),
          once(/Name: /, 'lotse\n'),
          once(/Auswahl \[1\]: /, '\n'),
          once(/Enter passphrase [^:]*: /, `${passphrase}\n`),
          once(/Enter same passphrase again: /, `${passphrase}\n`),
          once(/Port \[\d+\]: /, '443\n'),
          once(/Port \[\d+\]: /, '301\n'),
          once(/Auswahl \[1\]: /, '1\n'),
          once(/letzte Gruppe: /, 'aaaa\n'),
          once(/letzte Gruppe: /, output => `${shown.exec(output)?.[1] ?? 'nothing was shown'}\n`),
          once(/zeilen \/ ändern\) /, 'zeilen\n'),
          once(/zeilen \/ ändern\) /, 'ändern\n'),
          // the questions once more: the same name, the key that is there now, another port
          once(/Name: /, 'lotse\n'),
          once(/Auswahl \[1\]: /, '1\n'),
          once(/Port \[\d+\]: /, '302\n'),
          once(/zeilen \/ ändern\) /, 'ja\n'),
          once(/Passphrase von [^:]*: /, 'falsch\n'),
          once(/Passphrase von [^:]*: /, `${passphrase}\n`),
          once(/Eintragen\? Name oder nein \[server\]: /, 'mail\n'),
          once(/Gleich einrichten\? \(ja\/nein\) /, 'nein\n'),
        ],
      )
      screen = plain(said.output)
      password = shown.exec(screen)?.[0] ?? ''
    })

    test('ends confirmed, with every question asked once and no more', () => {
      assert.equal(said.code, 0, screen)
      assert.deepEqual([...new Set(said.matched)], [1], screen)
      for (const state of ['vorbereitet', 'bewacht', 'geöffnet', 'bewiesen', 'verriegelt', 'bestätigt'])
        assert.match(screen, new RegExp(`^  ${state} {2,}\\S`, 'm'), state)
      assert.match(screen, /\nVerriegelt\. So kommst du hinein:\n\n {4}ssh .*-p 302 .*lotse@/)
      assert.match(screen, /\nSpäter: riegel second-factor -F \S+ mail\n/)
    })

    test('reads as it was designed', () => {
      const lines = [
        'Diesen Server kennt dein Rechner noch nicht. Er weist sich aus mit:',
        'Nach dem Passwort fragt jetzt ssh selbst, einmal. Riegel sieht es nicht.',
        /^Offen: \d von \d\. Vier Fragen, dann der Plan\. Bis du zustimmst, ändert sich auf dem Server nichts\.$/m,
        '1  Wie soll dein Konto heißen? Damit meldest du dich künftig an statt als root.',
        '   Nicht admin oder user: die werden zuerst probiert.',
        '   „admin“ ist ein Standardname. Nimm einen, den niemand rät.',
        '2  Womit meldest du dich an? Auf diesem Rechner liegt noch kein Schlüssel.',
        '     1  einen neuen machen: ~/.ssh/id_ed25519',
        '     2  einen vorhandenen nehmen (Pfad der .pub-Datei)',
        '   Gemacht. Der private Teil verlässt deinen Rechner nie.',
        '3  Auf welchen Port soll SSH umziehen? Auf 22 wird ständig geraten.',
        '   Lässt dein Netz (Firma, Hotel) nur 22, 80 und 443 hinaus: behalten',
        '   Port 443 wird für HTTPS gebraucht. Nimm einen anderen.',
        '4  sudo fragt künftig nach einem Passwort. Riegel macht ein langes. Wohin damit?',
        '     1  einmal zeigen   2  in eine KeePass-Datei   3  in eine Datei, die nur du lesen darfst',
        '   In den Passwort-Manager damit, jetzt. Es steht sonst nirgends.',
        `Plan für ${host.ip4}`,
        '  + PermitRootLogin no',
        '     1  ~/.ssh/id_ed25519.pub',
      ]
      let at = 0
      for (const line of lines) {
        const rest = screen.slice(at)
        const found = typeof line === 'string' ? rest.indexOf(`${line}\n`) : rest.search(line)
        assert.ok(found >= 0, `${line} is missing, or not in its place:\n${screen}`)
        at += found
      }
    })

    test('shows the password once, on a screen of its own, and it is the one that counts', async () => {
      assert.equal(screen.split(password).length - 1, 1)
      const alternate = said.output.slice(said.output.indexOf('\u001b[?1049h'), said.output.indexOf('\u001b[?1049l'))
      assert.ok(alternate.includes(password))
      assert.match(await host.must('getent shadow lotse | cut -d: -f2'), /^\$/, 'lotse has a password')
    })

    test('writes the entry in front of what was there, with a backup', () => {
      const written = readFileSync(config, 'utf8')
      assert.match(
        written,
        /^Host mail\n {2}HostName [\d.]+\n {2}Port 302\n {2}User lotse\n {2}IdentityFile .*id_ed25519\n/,
      )
      assert.ok(written.endsWith(`# mine\nHost *\n  UserKnownHostsFile ${home}/known_hosts\n`))
      const backup = readdirSync(home).find(name => name.startsWith('config.riegel-'))
      assert.equal(readFileSync(`${home}/${backup}`, 'utf8').startsWith('# mine\n'), true)
      assert.equal(statSync(config).mode & 0o777, 0o600)
    })

    test('and audit by the new name works', async () => {
      const again = await type(
        ['audit', 'mail', '-F', config, '--format', 'json', '--skip', 'upkeep'],
        [once(/passphrase for key[^:]*: /, `${passphrase}\n`), once(/leer: ohne root\): /, `${password}\n`)],
      )
      assert.equal(again.code, 1, again.output)
      const seen = report({ stdout: again.output.slice(again.output.indexOf('{\r\n')) })
      assert.deepEqual(seen.lookedAs, { account: 'lotse', root: true })
      assert.equal(verdict(seen, 'root/ssh-login'), 'pass')
      assert.equal(verdict(seen, 'root/passwordless-sudo'), 'pass')
      assert.ok(!again.output.includes(password), 'what is typed is not shown')
    })
  })

  describe('of somebody whose password has expired', { concurrency: false }, () => {
    test('is handed to ssh once, then goes on; and sudo asks as often as it takes', async () => {
      const host = await lab.host({ suite: 'trixie', setup: withUser('anna', operator.keyLine, 'ALL', 'q3wk.n8xd') })
      await host.must('chage -d 0 anna')
      const words = ['audit', `anna@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host)]
      const fresh = 'w7hp.c2mt.k9xe'
      const said = await type(
        [...words, '--only', 'passwords/empty'],
        [
          once(/Current password: /, 'q3wk.n8xd\n'),
          once(/New password: /, `${fresh}\n`),
          once(/Retype new password: /, `${fresh}\n`),
          once(/leer: ohne root\): /, 'falsch\n'),
          once(/leer: ohne root\): /, `${fresh}\n`),
        ],
      )
      assert.equal(said.code, 0, said.output)
      assert.deepEqual([...new Set(said.matched)], [1], said.output)
      assert.match(plain(said.output), /\nDieses Passwort stimmt nicht\.\n/)
      const without = await type([...words, '--only', 'passwords/empty'], [once(/leer: ohne root\): /, '\n')])
      assert.equal(without.code, 1, without.output)
      assert.match(plain(without.output), /\nHinweis: ohne root angesehen \(ohne sudo-Passwort\)\.\n/)
      assert.match(plain(said.output), /muss zuerst geändert werden\nDas Terminal gehört jetzt ssh; danach/)
      assert.match(plain(said.output), / · als anna · /)
      await host.stop()
    })
  })

  describe('that goes on to a second factor', { concurrency: false }, () => {
    test('has the code asked for right after harden, each guarded and proven on its own', async () => {
      await needOathtool()
      const host = await lab.host({ suite: 'trixie', setup: byKey(operator.keyLine) })
      const words = ['harden', `root@${host.ip4}`, ...operator.files, '--host-key', await fingerprint(host)]
      words.push('--user', 'anna', '--key', operator.key, '--new-port', '301', '--skip', 'upkeep')
      words.push('--save-sudo-password', `${home}/sudo`)
      let secret = ''
      const read = (output: string): string => {
        secret = /Oder eintippen: ([A-Z2-7 ]+)/.exec(output)?.[1]?.replaceAll(' ', '') ?? secret
        return secret
      }
      const said = await type(words, [
        { expect: /zeilen \/ ändern\) /, send: 'ja\n', times: 2 },
        once(/Gleich einrichten\? \(ja\/nein\) /, 'ja\n'),
        once(/noch ändert sich nichts\): /, output => `${codeOf(read(output))}\n`),
        once(/letzten vier Ziffern: /, output => {
          const codes = /Notfallcodes[\s\S]*?((?:\d{4} \d{4} *)+)/.exec(output)?.[1] ?? ''
          return `${codes.trim().slice(-4)}\n`
        }),
        { expect: /für die nächste Anmeldung\): /, send: output => `${codeOf(read(output))}\n` },
        { expect: /Den nächsten Code abwarten: /, send: output => `${codeOf(read(output), 30)}\n` },
      ])
      assert.equal(said.code, 0, said.output)
      const screen = plain(said.output)
      assert.doesNotMatch(screen, /sudo-Passwort von/, 'it was made a moment ago')
      assert.deepEqual(
        [...screen.matchAll(/^ {2}bestätigt {2,}\S/gm)].length,
        2,
        'two transactions, each can be taken back without the other',
      )
      assert.ok(!screen.includes(readFileSync(`${home}/sudo`, 'utf8').trim()))
      const alone = await operator.ssh(host, 'anna', 301, 'true')
      assert.match(alone.stderr, /Permission denied \(keyboard-interactive\)/)
      await host.stop()
    })
  })

  describe('that is broken off', { concurrency: false }, () => {
    let host: Host
    let words: string[]

    before(async () => {
      host = await lab.host({ suite: 'trixie', setup: byKey(operator.keyLine) })
      words = [
        'harden',
        `root@${host.ip4}`,
        ...operator.files,
        '--host-key',
        await fingerprint(host),
        '--skip',
        'upkeep',
      ]
      words.push('--user', 'anna', '--key', operator.key, '--new-port', '301', '--sudo', 'nopasswd')
    })

    test('no at the plan: refused, nothing changed', async () => {
      const was = await snapshot(host)
      const said = await type(words, [once(/Trotzdem\? \(ja\/nein\) /, 'ja\n'), once(/zeilen \/ ändern\) /, 'nein\n')])
      assert.equal(said.code, 2, said.output)
      assert.deepEqual(said.matched, [1, 1], said.output)
      assert.match(plain(said.output), /Gefahr: Weder root noch anna hat ein Passwort/)
      assert.match(plain(said.output), /\nFehler: Nicht zugestimmt\nHinweis: Auf dem Server wurde nichts geändert\n$/)
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })

    test('--plain: the same without one move of the cursor', async () => {
      const answers = [once(/Trotzdem\? \(ja\/nein\) /, 'ja\n'), once(/zeilen \/ ändern\) /, 'nein\n')]
      const said = await type([...words, '--plain'], answers)
      assert.equal(said.code, 2, said.output)
      assert.deepEqual(said.matched, [1, 1], said.output)
      assert.doesNotMatch(said.output, /\u001b/)
    })

    test('Ctrl+C at a question: gone, nothing changed', async () => {
      const was = await snapshot(host)
      const said = await type(words, [once(/Trotzdem\? \(ja\/nein\) /, '\u0003')])
      assert.equal(said.code, 2, said.output)
      assert.match(plain(said.output), /\nFehler: Abgebrochen, nichts getan\n/)
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })

    test('Ctrl+C while ssh asks for the password: gone, and the terminal shows again what is typed', async () => {
      const argv = operator.argv(['audit', `nobody@${host.ip4}`, ...operator.files.slice(2)])
      const said = await lab.pty(
        ['sh', '-c', 'trap : INT; "$@"; echo "code $?"; sleep 0.3; stty -a', 'sh', ...argv],
        [once(/password: /, '\u0003')],
        { env: { ...operator.env, HOME: home }, timeoutMs: 30_000 },
      )
      assert.match(said.output, /\ncode 2\r\n/)
      assert.match(said.output, / echo /)
    })

    test('Ctrl+C while it looks: gone at once', async () => {
      await host.must(
        "mv /usr/bin/ss /usr/bin/ss.off; printf '#!/bin/sh\\nexec sleep 5\\n' >/usr/bin/ss; chmod 755 /usr/bin/ss",
      )
      const said = await type(words, [once(/… sieht sich um/, '\u0003')])
      await host.must('mv /usr/bin/ss.off /usr/bin/ss')
      assert.equal(said.code, 2, said.output)
      assert.match(plain(said.output), /Fehler: Abgebrochen, nichts geändert\n/)
    })

    test('Ctrl+C while it is guarded: taken back in order, and the old way still works', async () => {
      const was = await snapshot(host)
      const said = await type(words, [
        once(/Trotzdem\? \(ja\/nein\) /, 'ja\n'),
        once(/zeilen \/ ändern\) /, 'ja\n'),
        once(/ {2}bewacht /, '\u0003'),
      ])
      assert.equal(said.code, 3, said.output)
      assert.match(plain(said.output), /^ {2}zurückgenommen /m)
      assert.match(plain(said.output), /Du kommst hinein wie bisher: ssh /)
      assert.deepEqual(difference(was, await snapshot(host)), [])
    })
  })
})
