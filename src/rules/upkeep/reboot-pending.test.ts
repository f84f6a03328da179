import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints, debian, sentences, verdictOf } from '../../../test/fixtures/facts.js'
import rule from './reboot-pending.js'

const kernels = (runningKernel: string, newestKernel: string) => ({
  reboot: { ...debian.reboot, runningKernel, newestKernel },
})

describe(rule.id, () => {
  test('passes where what is installed runs', () => {
    assert.equal(verdictOf(rule), 'pass')
    assert.equal(verdictOf(rule, kernels('6.12.43+deb13-amd64', '6.12.43+deb13-amd64')), 'pass')
  })

  test('passes with an older kernel beside', () => {
    assert.equal(verdictOf(rule, kernels('6.1.0-18-amd64', '6.1.0-9-amd64')), 'pass')
  })

  test('is unknown where no kernel is seen, or none with a version in its name', () => {
    for (const newest of ['', 'linux', 'lts'])
      assert.equal(verdictOf(rule, kernels('6.9.1-arch1-1', newest)), 'unknown', newest)
    const reboot = { ...debian.reboot, required: true, newestKernel: '' }
    assert.deepEqual(complaints(rule, { reboot }), ['required'])
  })

  test('fails with a newer kernel, compared number by number', () => {
    assert.deepEqual(complaints(rule, kernels('6.1.0-9-amd64', '6.1.0-18-amd64')), ['kernel'])
    assert.deepEqual(complaints(rule, kernels('6.9.0', '6.12.0')), ['kernel'])
    assert.deepEqual(complaints(rule, kernels('6.12', '6.12.1')), ['kernel'])
  })

  test('fails where the system asks for it, with both reasons where both hold', () => {
    const reboot = { ...debian.reboot, required: true, packages: ['libc6'] }
    assert.deepEqual(complaints(rule, { reboot }), ['required'])
    assert.deepEqual(sentences(rule, { reboot }), ['A restart is due: libc6.'])
    const unnamed = { ...reboot, packages: [] }
    assert.deepEqual(sentences(rule, { reboot: unnamed }), ['A restart is due: the system asks for it.'])
    assert.deepEqual(complaints(rule, { reboot: { ...reboot, packages: [], newestKernel: '6.13.0' } }), [
      'required',
      'kernel',
    ])
  })

  test('passes in a container, whose kernel is its host', () => {
    const system = { ...debian.system, container: 'lxc' }
    assert.equal(verdictOf(rule, { ...kernels('6.1.0', '6.12.0'), system }), 'pass')
    assert.equal(verdictOf(rule, { ...kernels('6.1.0', ''), system }), 'pass')
  })
})
