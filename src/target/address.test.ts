import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Trouble } from '../model/trouble.js'
import { parseAddress, typed } from './address.js'

describe('parseAddress', () => {
  const cases: [string, object][] = [
    ['root@203.0.113.5', { user: 'root', host: '203.0.113.5' }],
    ['mail', { host: 'mail' }],
    ['ssh://anna@mail.example.org:301', { user: 'anna', host: 'mail.example.org', port: 301 }],
    ['ssh://[2001:db8::1]:22', { host: '2001:db8::1', port: 22 }],
    ['root@[2001:db8::1]', { user: 'root', host: '2001:db8::1' }],
    ['a@b@host', { user: 'a@b', host: 'host' }],
  ]
  for (const [word, expected] of cases)
    test(word, () => assert.deepEqual(parseAddress(word), { name: word, options: [], ...expected }))

  for (const word of [
    '',
    '-oProxyCommand=id',
    'root@-oX',
    'a b',
    'x;id',
    '$(id)',
    'ssh://h:0',
    'ssh://h:99999',
    'ssh://',
    '@h',
    'h\n',
    'x'.repeat(301),
  ])
    test(`refuses ${JSON.stringify(word.slice(0, 20))}`, () =>
      assert.throws(
        () => parseAddress(word),
        (error: unknown) => error instanceof Trouble && error.code === 'bad-target',
      ))
})

test('typed: the options as they were given, but for the port and the account', () => {
  const options = ['-i', '/k/my key', '-p', '301', '-o', 'Port=301', '-J', 'jump', '-o', 'User anna']
  const address = parseAddress('anna@mail', options)
  assert.equal(typed(address, { user: 'root', port: 22 }), "ssh -i '/k/my key' -J jump root@mail")
  assert.equal(typed(address, { user: 'root', port: 2222 }), "ssh -p 2222 -i '/k/my key' -J jump root@mail")
})
