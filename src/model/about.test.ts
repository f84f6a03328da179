import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type About, isAbout } from './about.js'

const about: About = {
  schema: 'riegel.about/1',
  id: '20261124-190201-kq7m',
  riegel: '0.1.0',
  at: '2026-11-24T19:02:01.000Z',
  by: 'root',
  from: '192.0.2.1',
  method: 'publickey',
  account: 'anna',
  made: true,
  ports: { before: [22], after: [301] },
  rules: ['root/ssh-login'],
  files: ['/etc/ssh/sshd_config.d/00-riegel.conf'],
}

describe('isAbout', () => {
  test('what Riegel writes is one', () => assert.ok(isAbout(about)))
  test('with anything of another kind in it, it is none', () => {
    for (const name of Object.keys(about).filter(name => !['schema', 'riegel'].includes(name)))
      for (const wrong of [undefined, null, 7, { length: 1 }, [{}], [null]])
        assert.ok(!isAbout({ ...about, [name]: wrong } as unknown as About), `${name} ${JSON.stringify(wrong)}`)
    assert.ok(!isAbout({ ...about, ports: { before: ['22'], after: [301] } } as unknown as About))
  })
})
