import type { Change } from '../../model/change.js'
import { glance, sshdPorts, whereSet } from '../../model/logins.js'
import { judge, rule, unknown } from '../../model/rule.js'
import { text } from '../../model/text.js'

export default rule({
  id: 'disclosure/ssh-banner',
  severity: 'low',
  title: text('SSH verrät nicht, welches System hier läuft', 'SSH does not tell which system runs here'),
  problem: text(
    'sshd nennt jedem in seiner Versionszeile „{key}“.',
    'sshd tells everybody "{key}" in its version line.',
  ),
  why: text(
    'Distribution und Paketstand sagen einem Angreifer, welche Lücke passt. Die Version von OpenSSH selbst lässt sich nicht verbergen.',
    'Distribution and package version tell an attacker which hole fits. The version of OpenSSH itself cannot be hidden.',
  ),
  looksAt: text(
    'die erste Zeile, die der Server auf dem SSH-Port sendet',
    'the first line the server sends on the port of SSH',
  ),
  references: ['sshd_config(5) DebianBanner, VersionAddendum', 'RFC 4253 4.2', 'BSI SYS.1.3.A14'],
  needs: ['sshd', 'listeners'],

  evaluate(facts) {
    const { sshd, listeners } = facts
    const ports = sshdPorts(listeners, sshd)
    const wire = glance(facts, 'wire')?.banner
    const greetings = [
      ...listeners.sshGreetings.filter(({ port }) => ports.includes(port)).map(({ line }) => line),
      ...(wire ? [wire] : []),
    ]
    if (greetings.length === 0) return unknown(text('keine Versionszeile empfangen', 'no version line was received'))
    const suffixes = greetings.map(line => /OpenSSH_\S+\s+(\S.*)$/.exec(line)?.[1]?.trim() ?? '')
    return judge([...new Set(suffixes.filter(suffix => suffix !== ''))].map(key => ({ key })))
  },

  does: text(
    'Name der Distribution nicht mehr in der Versionszeile',
    'no name of the distribution in the version line',
  ),
  fix({ sshd }, problems) {
    // only the distribution's own sshd says its name, and only that one has the switch
    const distributed = problems.some(({ key }) => /^(Debian|Ubuntu|Raspbian)/.test(key))
    const set = (keyword: string, word: string): Change => ({
      kind: 'setting',
      stage: 'close',
      keyword,
      values: [word],
    })
    const changes = [
      ...(distributed ? [set('DebianBanner', 'no')] : []),
      ...(whereSet(sshd.files, 'VersionAddendum') ? [set('VersionAddendum', 'none')] : []),
    ]
    if (changes.length > 0) return changes
    return { refuse: text('dieser sshd kennt dafür keine Option', 'this sshd has no option for it') }
  },
  guide: 'ssh-banner',
})
