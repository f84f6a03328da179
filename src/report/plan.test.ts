import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plan, readers } from '../../test/golden/samples.js'
import type { Plan } from '../model/plan.js'
import { text } from '../model/text.js'
import { linesText, planText } from './plan.js'

const options = { width: 80, color: false, verbose: false }
const nothing: Plan = { ...plan(), steps: [], items: [], dangers: [], leftOpen: [] }

describe('planText', () => {
  test('one rule that opens and closes stands in both places, each in its own words', () => {
    const words = planText(plan(), 'de', options)
    const [open = '', close = ''] = words.split('Erst dann verriegeln')
    assert.match(open, /SSH auf Port 301, zusätzlich zu 22 +ports\/ssh-default-port/)
    assert.match(close, /^ +Port 22 +ports\/ssh-default-port$/m)
  })

  test('the account is called by its name when it is made, and sudo when it is narrowed', () => {
    const says = text('ein Konto mit deinem Schlüssel und sudo', 'an account with your key and sudo')
    const sudoers = { kind: 'file', path: '/etc/sudoers.d/zz-riegel-lotse', content: '', mode: 0o440 } as const
    const steps = (['open', 'close'] as const).map(stage => ({
      change: { ...sudoers, stage },
      rules: ['root/no-ordinary-admin'] as const,
      says,
    }))
    const words = planText({ ...nothing, steps }, 'de', options)
    assert.match(words, /Zuerst öffnen\n {4}Konto lotse mit deinem Schlüssel und sudo/)
    assert.match(words, /Erst dann verriegeln\n {4}sudo fragt lotse nach dem Passwort/)
  })

  test('equal sentences become one line with all their rules', () => {
    const says = text('ein Satz', 'a sentence')
    const change = { kind: 'service', stage: 'close', unit: 'x' } as const
    const words = planText(
      {
        ...nothing,
        steps: [
          { change, rules: ['keys/password-login'], says },
          { change: { ...change, unit: 'y' }, rules: ['keys/password-login'], says },
          { change, rules: ['keys/hostbased-login'], says },
        ],
      },
      'de',
      options,
    )
    assert.equal(words.split('ein Satz').length, 2)
    assert.match(words, /ein Satz {3}keys\/password-login\n {4} {8} {3}keys\/hostbased-login\n/)
  })

  test('never says "and 1 more"', () => {
    const steps = (count: number): Plan['steps'] =>
      Array.from({ length: count }, (_, at) => ({
        change: { kind: 'service', stage: 'close', unit: `u${at}` },
        rules: ['keys/password-login'],
        says: text(`Satz ${at}`, `sentence ${at}`),
      }))
    assert.doesNotMatch(planText({ ...nothing, steps: steps(5) }, 'de', options), /kleinere/)
    assert.match(planText({ ...nothing, steps: steps(6) }, 'de', options), /und 2 kleinere \(--verbose\)/)
    assert.doesNotMatch(planText({ ...nothing, steps: steps(6) }, 'de', { ...options, verbose: true }), /kleinere/)
  })

  test('a plan without steps promises no proof and no guard', () => {
    const words = planText(nothing, 'de', options)
    assert.match(words, /Nichts zu ändern\./)
    assert.doesNotMatch(words, /beweisen|Verstummt|Bleibt:/)
  })

  test('where nobody has a password for the console, it is no emergency exit', () => {
    const dangers = [{ id: 'no-console', text: text('x', 'x') }] as const
    assert.match(planText({ ...plan(), dangers }, 'de', options), /^ {2}Bleibt: alle Dienste\.$/m)
  })

  test('a danger that was allowed says so', () => {
    const one = plan()
    assert.match(planText(one, 'de', options), /Gefahr, nur mit --allow others-cut-off:/)
    const allowed = { ...one, choices: { ...one.choices, allow: ['others-cut-off'] as const } }
    assert.match(planText(allowed, 'de', options), /Gefahr, erlaubt mit --allow others-cut-off:/)
  })

  test('verbose ends with the lines', () => {
    const words = planText(plan(), 'de', { ...options, verbose: true, readers })
    assert.ok(words.endsWith(linesText(plan(), readers, 'de')))
  })
})

describe('linesText', () => {
  const file = (stages: object, path = '/etc/x'): Plan => ({
    ...nothing,
    items: [{ kind: 'file', path, mode: 0o600, effect: 'none', stages }],
  })
  const lines = (one: Plan, old: string | null | undefined) =>
    linesText(one, new Map(old === undefined ? [] : [['/etc/x', old]]), 'de')

  test('shows what the file holds in the end', () => {
    assert.equal(lines(file({ open: 'a\nb\n', close: 'b\n' }), null), '  /etc/x   neu, root 0600\n  + b\n')
  })

  test('shows what changes with two lines around it', () => {
    const old = Array.from({ length: 20 }, (_, at) => `${at}\n`).join('')
    assert.equal(
      lines(file({ close: old.replace('10\n', 'zehn\n') }), old),
      '  /etc/x   geändert, root 0600\n    8\n    9\n  - 10\n  + zehn\n    11\n    12\n',
    )
  })

  test('a file put aside, whatever was meant for it before', () => {
    assert.equal(lines(file({ open: 'a\n', close: null }), 'a\n'), '  /etc/x   wird beiseitegelegt\n  - a\n')
  })

  test('content that was not looked at is not called new', () => {
    assert.match(lines(file({ close: 'a\n' }), undefined), /wird ersetzt, bisheriger Inhalt nicht angesehen/)
  })

  test('words of a server cannot speak to the terminal', () => {
    const words = lines(file({ close: 'a\u001b[2J\n' }, '/etc/x'), 'b\u001b]0;x\u0007\n')
    assert.doesNotMatch(words, /[\u0000-\u0009\u000b-\u001f]/)
  })

  test('a second factor: for whom, what proves it, and who goes on without', () => {
    const change = { kind: 'second-factor', stage: 'open', name: 'lotse' } as const
    const says = text('zum Anmelden braucht es künftig Schlüssel und Code', 'logging in takes key and code')
    const step = { change, rules: ['second-factor/ssh'] as const, says }
    const closing = { kind: 'setting', stage: 'close', keyword: 'AuthenticationMethods', values: ['x'] } as const
    const of = (except: readonly string[]) =>
      planText(
        {
          ...nothing,
          choices: { ...nothing.choices, secondFactor: { accounts: ['lotse'], except } },
          steps: [step, { ...step, change: closing }],
        },
        'de',
        options,
      )
    assert.match(of([]), /Zuerst öffnen\n {4}Code für lotse, neben dem Schlüssel/)
    assert.match(of([]), /lotse, Schlüssel und Code, Port/)
    assert.match(of([]), /Erst dann verriegeln\n {4}zum Anmelden braucht es künftig Schlüssel und Code/)
    assert.match(of([]), /Ohne zweiten Faktor bleibt: kein Konto\./)
    assert.match(of(['otto']), /Ohne zweiten Faktor bleibt: otto\./)
    const bySecurityKey = planText(
      {
        ...nothing,
        choices: {
          ...nothing.choices,
          secondFactor: { accounts: ['lotse'], except: ['otto'], by: 'security-key' },
        },
        steps: [{ ...step, change: { ...change, kind: 'account-keys', path: '', home: '', keys: [] } }],
      },
      'de',
      options,
    )
    assert.match(bySecurityKey, /Zuerst öffnen\n {4}Sicherheitsschlüssel für lotse/)
    assert.match(bySecurityKey, /berührst du dabei zweimal/)
    assert.doesNotMatch(of([]), /berührst/)
    assert.match(bySecurityKey, /lotse, Sicherheitsschlüssel mit PIN,\s+Port/)
    assert.match(bySecurityKey, /Ohne zweiten Faktor bleibt: otto\./)
  })
})
