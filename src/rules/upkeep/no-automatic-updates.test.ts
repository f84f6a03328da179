import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { changesOf, complaints, debian, verdictOf } from '../../../test/fixtures/facts.js'
import type { UpdateFacts } from '../../model/facts.js'
import rule from './no-automatic-updates.js'

const on = { 'APT::Periodic::Update-Package-Lists': '1', 'APT::Periodic::Unattended-Upgrade': '1' }
const origins = ['origin=Debian,codename=${distro_codename}-security,label=Debian-Security']
const updates = (changed: Partial<UpdateFacts> = {}) => ({
  updates: { ...debian.updates, unattendedInstalled: true, config: on, origins, ...changed },
})

describe(rule.id, () => {
  test('passes where it is installed, on, timed, and its origins match', () => {
    assert.equal(verdictOf(rule, updates()), 'pass')
    const ubuntu = { ...debian.system, os: 'ubuntu', codename: 'noble' }
    const theirs = updates({ origins: ['Ubuntu:${distro_codename}-security'] })
    assert.equal(verdictOf(rule, { ...theirs, system: ubuntu }), 'pass')
  })

  test('fails with nothing installed; what its settings say is then no matter', () => {
    assert.deepEqual(complaints(rule), ['package'])
  })

  test('fails with each part that is off', () => {
    const config = { ...on, 'APT::Periodic::Unattended-Upgrade': '0' }
    assert.deepEqual(complaints(rule, updates({ config })), ['APT::Periodic::Unattended-Upgrade'])
    const disabled = { ...on, 'APT::Periodic::Enable': '0' }
    assert.deepEqual(complaints(rule, updates({ config: disabled })), ['APT::Periodic::Enable'])
    assert.deepEqual(complaints(rule, updates({ timerActive: false })), ['timer'])
    assert.deepEqual(complaints(rule, updates({ timerEnabled: false })), ['timer'])
    assert.deepEqual(complaints(rule, updates({ listsTimed: false })), ['lists-timer'])
  })

  test('fails where no origin matches the security archive', () => {
    const wrong = ['origin=Debian,codename=bookworm-security,label=Debian-Security', 'o=Debian,a=stable-updates']
    assert.deepEqual(complaints(rule, updates({ origins: wrong })), ['origins'])
    assert.deepEqual(complaints(rule, updates({ origins: [] })), ['origins'])
  })

  test('fails with the names of another release: of before Debian 11, or of one that is older', () => {
    const before = ['origin=Debian,codename=${distro_codename},label=Debian-Security']
    assert.deepEqual(complaints(rule, updates({ origins: before })), ['origins'])
    const buster = { ...debian.system, osVersion: '10', codename: 'buster' }
    assert.equal(verdictOf(rule, { ...updates({ origins: before }), system: buster }), 'pass')
    assert.deepEqual(complaints(rule, updates({ origins: ['o=Debian,a=oldoldstable'] })), ['origins'])
    // its own list says which suite it is
    const archives = [
      { origin: 'Debian', label: 'Debian-Security', codename: 'trixie-security', archive: 'stable-security' },
    ]
    assert.deepEqual(complaints(rule, updates({ archives, origins: ['o=Debian,a=oldstable-security'] })), ['origins'])
    assert.equal(verdictOf(rule, updates({ archives, origins: ['o=Debian,a=stable-security'] })), 'pass')
  })

  test('is unknown where no list says what the archive is called', () => {
    const raspbian = { ...debian.system, os: 'raspbian' }
    assert.equal(verdictOf(rule, { ...updates(), system: raspbian }), 'unknown')
    assert.deepEqual(complaints(rule, { ...updates({ origins: [] }), system: raspbian }), ['origins'])
    assert.equal(verdictOf(rule, updates({ origins: ['o=Debian,a=stable-security'] })), 'unknown')
    const mint = { ...debian.system, os: 'linuxmint', codename: 'zara' }
    const archives = [{ origin: 'Ubuntu', label: 'Ubuntu', codename: 'noble', archive: 'noble-security' }]
    assert.equal(
      verdictOf(rule, { ...updates({ archives, origins: ['Ubuntu:noble-security'] }), system: mint }),
      'pass',
    )
    const theirs = updates({ archives, origins: ['${distro_id}:${distro_codename}-security'] })
    assert.equal(verdictOf(rule, { ...theirs, system: mint }), 'unknown')
  })

  test('is unknown by facts that did not ask for apt-daily.timer', () => {
    const { listsTimed: _, ...others } = updates().updates
    assert.equal(verdictOf(rule, { updates: others }), 'unknown')
  })

  test('passes without a timer where systemd is not process 1', () => {
    const system = { ...debian.system, init: 'init' }
    assert.equal(verdictOf(rule, { ...updates({ timerActive: false }), system }), 'pass')
  })

  test('is unknown without apt', () => {
    assert.equal(verdictOf(rule, updates({ manager: 'other' })), 'unknown')
  })

  test('fix: package, switches and timer; an origin only where none matches', () => {
    const file = {
      kind: 'file',
      stage: 'after',
      path: '/etc/apt/apt.conf.d/99riegel-auto-upgrades',
      content:
        'APT::Periodic::Enable "1";\nAPT::Periodic::Update-Package-Lists "1";\nAPT::Periodic::Unattended-Upgrade "1";\n',
      mode: 0o644,
    }
    const timer = { kind: 'service', stage: 'after', unit: 'apt-daily-upgrade.timer' }
    assert.deepEqual(changesOf(rule), [{ kind: 'package', stage: 'after', name: 'unattended-upgrades' }, file, timer])
    const added = `Unattended-Upgrade::Origins-Pattern { "${origins[0]}"; };\n`
    assert.deepEqual(changesOf(rule, updates({ origins: [] })), [{ ...file, content: file.content + added }, timer])
    const both = [file, timer, { ...timer, unit: 'apt-daily.timer' }]
    assert.deepEqual(changesOf(rule, updates({ listsTimed: false })), both)
  })
})
