import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hasOption, hasValue } from './key-options.js'

describe('options of an authorized key', () => {
  test('count by themselves, whatever their case and place', () => {
    for (const options of [
      'verify-required',
      'no-pty,Verify-Required',
      'from="a,b",verify-required,no-pty',
      'command="echo \\"x,y\\"",verify-required',
      'no-verify-required,verify-required',
    ])
      assert.ok(hasOption(options, 'verify-required'), options)
  })
  test('do not count within the value of another, in other words, or taken back', () => {
    for (const options of [
      '',
      'command="x,verify-required,y"',
      'environment="A=\\",verify-required,\\""',
      'command="x,verify-required',
      'xverify-required',
      'verify-required,no-verify-required',
    ])
      assert.ok(!hasOption(options, 'verify-required'), options)
  })
  test('with a value', () => {
    assert.ok(hasValue('no-pty,Command="a"', 'command'))
    assert.ok(!hasValue('environment="X=a,command=b"', 'command'))
    assert.ok(!hasValue('no-pty', 'command'))
  })
  test('a long line does not take for ever', () => {
    assert.ok(!hasOption(`command="${'\\'.repeat(100_000)}`, 'x'))
    assert.ok(!hasOption(`${'"'.repeat(99_999)}x`, 'y'))
  })
})
