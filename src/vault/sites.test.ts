import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPrivate } from '../model/hosts.js'
import { hostOf, upwards } from './hosts.js'
import { readSites } from './sites.js'

/** A list as large as it must be, with some sites of one's own. */
const list = (more: object = {}): Buffer => {
  const sites = Array.from({ length: 600 }, (_, at) => [
    `site${at}.example.net`,
    at % 3 === 0 ? {} : { methods: ['totp'] },
  ])
  return Buffer.from(JSON.stringify({ ...Object.fromEntries(sites), ...more }))
}

const known = (more: object) => {
  const read = readSites(list(more))
  assert.ok('offers' in read)
  return read
}

describe('hosts', () => {
  test('with and without a scheme, without what is nobody else’s business', () => {
    for (const [address, host] of [
      ['https://user:pw@Login.Example.org:8443/a?b=c', 'login.example.org'],
      ['example.org/login', 'example.org'],
      ['example.org:8080', 'example.org'],
      ['ssh://root@Mail.Example.org', 'mail.example.org'],
      ['bücher.example', 'xn--bcher-kva.example'],
      ['https://[2001:db8::1]/', '2001:db8::1'],
      ['example.org. https://other.example', 'example.org'],
      ['cmd://firefox', null],
      ['androidapp://com.example.app', null],
      ['file:///etc/passwd', null],
      ['{REF:A@T:x}', null],
      ['', null],
      ['two words', 'two'],
      ['http://', null],
    ] as const)
      assert.equal(hostOf(address), host, address)
  })

  test('upwards label by label, never a top-level domain; what is at home', () => {
    assert.deepEqual(upwards('a.b.example.org'), ['a.b.example.org', 'b.example.org', 'example.org'])
    assert.deepEqual(upwards('localhost'), [])
    for (const host of ['localhost', '192.168.1.1', 'nas.local', 'fritz.box', '2001:db8::1'])
      assert.ok(isPrivate(host), host)
    assert.ok(!isPrivate('example.org'))
  })
})

describe("2fa.directory's list", () => {
  test('the nearest entry upwards counts, exact subdomains too', () => {
    const sites = known({ 'big.example': { methods: ['totp', 'sms'] }, 'old.big.example': {}, 'none.example': {} })
    assert.deepEqual(sites.offers(['login.big.example']), ['sms', 'totp'])
    assert.deepEqual(sites.offers(['old.big.example']), [])
    assert.deepEqual(sites.offers(['www.none.example']), [])
    assert.equal(sites.offers(['unknown.example']), null)
    assert.equal(sites.offers(['notbig.example']), null)
    assert.equal(sites.offers([]), null)
    // a second address that nobody knows leaves open what "none" would close
    assert.equal(sites.offers(['none.example', 'unknown.org']), null)
    assert.deepEqual(sites.offers(['none.example', '192.168.1.1']), [])
  })

  test('what is no such list is none', () => {
    const why = (bytes: Buffer) => {
      const read = readSites(bytes)
      return 'implausible' in read ? read.implausible.en : 'known'
    }
    assert.equal(why(list()), 'known')
    assert.equal(why(Buffer.from('<html>')), 'no JSON')
    assert.equal(why(Buffer.from('[]')), 'version 3 instead of 4')
    assert.equal(why(Buffer.from('{}')), 'only 0 domains')
    assert.equal(why(Buffer.from('{"a.example":{"methods":["totp"]}}')), 'only 1 domains')
    assert.equal(why(list({ 'no domain': {} })), 'no list of domains')
    assert.equal(why(list({ 'a.example': { methods: 'totp' } })), 'a.example is unreadable')
    const empty = Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`site${at}.example.net`, {}]))
    assert.equal(why(Buffer.from(JSON.stringify(empty))), 'hardly a domain with a second factor')
  })
})
