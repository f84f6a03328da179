import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { choices, debian, sshdWith, view, withAnna } from '../../../test/fixtures/facts.js'
import type { Sections } from '../../model/facts.js'
import type { FileItem } from '../../model/plan.js'
import doubt from './others-cut-off.js'

const dropIn = (...lines: string[]): FileItem => ({
  kind: 'file',
  path: '/etc/ssh/sshd_config.d/00-riegel.conf',
  mode: 0o600,
  effect: 'sshd',
  stages: { close: `${lines.join('\n')}\n` },
})
const cut = (method: string, account: string, ...lines: string[]): string => {
  const journal = { since: 1_795_000_000, logins: [{ account, method, address: '192.0.2.9', count: 3 }] }
  const chosen = choices({ newPort: 'keep' })
  const answer = doubt.consider({ facts: { ...debian, journal }, choices: chosen, items: [dropIn(...lines)] })
  return answer && 'danger' in answer ? answer.danger.text.en : ''
}

describe(doubt.id, () => {
  test('nobody came in by a way that closes', () => {
    assert.equal(cut('publickey', 'backup', 'PermitRootLogin no', 'PasswordAuthentication no'), '')
  })
  test('by password, through PAM, and as root', () => {
    assert.match(cut('password', 'backup', 'PasswordAuthentication no'), /backup \(password, 192\.0\.2\.9\)/)
    assert.match(cut('keyboard-interactive/pam', 'backup', 'KbdInteractiveAuthentication no'), /backup \(keyboard/)
    assert.match(cut('publickey', 'root', 'PermitRootLogin no'), /root \(publickey, 192\.0\.2\.9\)/)
  })
  test('a weak algorithm that somebody wrote down, where others log in', () => {
    const own = dropIn('KexAlgorithms curve25519-sha256', 'HostKeyAlgorithms ssh-ed25519')
    const about = (address: string, ...lines: string[]) => {
      const journal = { since: 1_795_000_000, logins: [{ account: 'root', method: 'publickey', address, count: 3 }] }
      const facts = { ...debian, journal, sshd: sshdWith(...lines) }
      const answer = doubt.consider({ facts, choices: choices({ newPort: 'keep' }), items: [own] })
      return answer && 'danger' in answer ? answer.danger.text.en : ''
    }
    const weak = ['KexAlgorithms +diffie-hellman-group14-sha1', 'HostKeyAlgorithms=ssh-ed25519,ssh-rsa']
    assert.match(about('192.0.2.9', ...weak), /: KexAlgorithms diffie-hellman-group14-sha1, HostKeyAlgorithms ssh-rsa$/)
    assert.equal(about(choices().operatorAddress, ...weak), '')
    assert.equal(about('192.0.2.9', 'KexAlgorithms -diffie-hellman-group14-sha1', 'MACs +hmac-sha1'), '')
    assert.equal(about('192.0.2.9'), '')
  })
  describe('whose methods a Match demands', () => {
    const both = 'publickey,keyboard-interactive'
    const people = { ...withAnna(), journal: { since: 0, logins: [] } }
    const views = [view({}), view({}, 'anna'), view({ authenticationmethods: both }, 'deploybot')]
    const named = (facts: Partial<Sections>, ...lines: string[]): string => {
      const about = { facts: { ...debian, ...people, ...facts }, choices: choices({ newPort: 'keep' }) }
      const answer = doubt.consider({ ...about, items: [dropIn(...lines)] })
      return answer && 'danger' in answer ? answer.danger.text.en : ''
    }
    const effective = { views, perAccount: true }
    test('is named where every list of theirs needs what is turned off', () => {
      const off = 'KbdInteractiveAuthentication no'
      assert.match(named({ effective }, off), /deploybot \(AuthenticationMethods publickey,keyboard-interactive\)/)
      assert.doesNotMatch(named({ effective }, off), /anna|root/)
      assert.equal(named({ effective }, 'PasswordAuthentication no'), '')
      const of = (authenticationmethods: string) => ({
        views: [view({ authenticationmethods }, 'svc')],
        perAccount: true,
      })
      assert.equal(named({ effective: of(`${both} publickey`) }, off), '')
      assert.match(named({ effective: of('password,publickey') }, 'PasswordAuthentication no'), /svc/)
      assert.match(named({ effective: of('hostbased') }, 'HostbasedAuthentication no'), /svc/)
      assert.match(named({ effective: { ...of(both), perAccount: false } }, off), /: AuthenticationMethods publickey,k/)
    })
    test('is not where nobody comes by that name, or the plan itself asks them for something else', () => {
      const off = 'KbdInteractiveAuthentication no'
      const daemon = { views: [view({ authenticationmethods: both }, 'daemon')], perAccount: true }
      assert.equal(named({ effective: daemon }, off), '')
      const sshd = sshdWith(`AuthenticationMethods ${both}`, 'Match User deploybot', 'AuthenticationMethods password')
      const global = [view({ authenticationmethods: both }), view({ authenticationmethods: both }, 'anna')]
      const said = { effective: { views: global, perAccount: true }, sshd }
      assert.match(named(said, off), /anna \(Auth/)
      assert.equal(named(said, off, 'AuthenticationMethods publickey'), '')
      const all = ['Match all', '  AuthenticationMethods publickey']
      assert.doesNotMatch(named({ effective }, off, ...all), /deploybot/)
    })
  })
  test('a Match that goes is named', () => {
    const sshd = sshdWith('Match User svc', 'PasswordAuthentication yes')
    const journal = { since: 0, logins: [] }
    const items = [dropIn('Match all', '  PasswordAuthentication no')]
    const answer = doubt.consider({ facts: { ...debian, sshd, journal }, choices: choices(), items })
    assert.ok(answer && 'danger' in answer)
    assert.match(answer.danger.text.en, /Match User svc/)
  })
})
