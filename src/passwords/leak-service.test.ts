import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { sha1 } from '../../test/fixtures/leak-list.js'
import { Trouble } from '../model/trouble.js'
import { openService, serviceAddress } from './leak-service.js'

const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})

/** A service on loopback, and every request that it got. */
const service = async (answer: RequestListener) => {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const leaks = openService(serviceAddress(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  return { leaks, asked }
}

/** A range as the service gives it: rows of other passwords, this one's, and padding behind them. */
const range = (password: string, count: number): string => {
  const others = Array.from({ length: 900 }, (_, at) => `${sha1(`other ${at}`).slice(5)}:${at + 1}`)
  const padding = Array.from({ length: 100 }, (_, at) => `${sha1(`padding ${at}`).slice(5)}:0`)
  return [...[...others, `${sha1(password).slice(5)}:${count}`].sort(), ...padding].join('\r\n')
}

const refused = async (answer: RequestListener, words: RegExp) => {
  const { leaks } = await service(answer)
  await assert.rejects(leaks.count('hunter2'), (error: Trouble) => {
    assert.ok(error instanceof Trouble, String(error))
    assert.equal(error.code, 'bad-leaks')
    assert.match(error.text.en, words)
    return true
  })
  await leaks.close()
}

describe('the service', () => {
  test('gets five digits of the hash and asks for padding, and nothing else', async () => {
    const { leaks, asked } = await service((_, response) => response.end(range('hunter2', 17_043)))
    assert.equal(await leaks.count('hunter2'), 17_043)
    await leaks.count('hunter2')
    assert.equal(asked.length, 1, 'the same range is not asked for twice')
    const [{ method, url, rawHeaders }] = asked as [IncomingMessage]
    assert.deepEqual([method, url], ['GET', `/range/${sha1('hunter2').slice(0, 5)}`])
    const names = rawHeaders.filter((_, at) => at % 2 === 0)
    assert.deepEqual(names.sort(), ['Add-Padding', 'Connection', 'Host', 'User-Agent'])
    assert.match(asked[0]!.headers['user-agent']!, /^riegel\/[\d.]+$/)
    assert.equal(asked[0]!.headers['add-padding'], 'true')
    await leaks.close()
  })

  test('a row with count 0 is padding: in no leak', async () => {
    const { leaks } = await service((_, response) => response.end(range('hunter2', 0)))
    assert.equal(await leaks.count('hunter2'), 0)
    await leaks.close()
  })

  test('what is no whole range is no answer', async () => {
    await refused((_, response) => response.writeHead(302, { Location: '/range/00000' }).end(), /answers 302/)
    for (const status of [204, 403, 404, 429, 500, 503])
      await refused(
        (_, response) => response.writeHead(status).end(status === 204 ? '' : range('hunter2', 1)),
        /answers/,
      )
    await refused((_, response) => response.end(''), /empty/)
    await refused((_, response) => response.end('<html>login first</html>'), /no range/)
    await refused((_, response) => response.end(`${sha1('x').slice(5, 32)}:3\r\n`), /NTLM/)
    await refused((_, response) => {
      response.writeHead(200, { 'Content-Length': '90000' }).write(range('other', 1).slice(0, 5000))
      setTimeout(() => response.destroy(), 20)
    }, /breaks off|does not answer/)
    await refused((_, response) => response.end('0'.repeat(5 * 1024 * 1024)), /breaks off|does not answer/)
    await refused(request => {
      request.socket.destroy()
    }, /does not answer/)
  })

  test('a range that was cut at a line is no answer for what is missing', async () => {
    const quarter = (row: string) => Number.parseInt(row[0]!, 16) >> 2
    const own = quarter(sha1('hunter2').slice(5))
    const rows = range('other', 1)
      .split('\r\n')
      .filter(row => quarter(row) !== own)
    await refused((_, response) => response.end(rows.join('\r\n')), /is missing/)
  })
})

describe('an answer that is too small for a range', () => {
  const rows = range('hunter2', 1)
    .split('\r\n')
    .filter(row => !row.endsWith(':0'))

  test('padding alone, one row, forty rows: no answer, whether the password stands behind them or not', async () => {
    const padding = rows.map(row => row.replace(/:\d+$/, ':0'))
    await refused((_, response) => response.end(padding.join('\r\n')), /not one hash/)
    for (const kept of [1, 40, 199])
      await refused((_, response) => response.end(rows.slice(0, kept).join('\r\n')), new RegExp(`only ${kept} hash`))
  })

  test('the smallest ranges that a whole list has had are whole', async () => {
    const few = [...rows].filter((row, at) => at % 4 === 0 || row.startsWith(sha1('hunter2').slice(5)))
    const { leaks } = await service((_, response) => response.end(few.join('\r\n')))
    assert.ok(few.length < 230)
    assert.equal(await leaks.count('hunter2'), 1)
    await leaks.close()
  })
})

describe('serviceAddress', () => {
  test('takes a mirror with and without /range', () => {
    for (const given of ['https://leaks.example.org', 'https://leaks.example.org/', 'https://leaks.example.org/range/'])
      assert.equal(serviceAddress(given).href, 'https://leaks.example.org/range')
    assert.equal(serviceAddress('http://localhost:8080/hibp').href, 'http://localhost:8080/hibp/range')
  })

  test('refuses what would be read on the way, or holds a secret', () => {
    for (const given of [
      'http://leaks.example.org',
      'ftp://x',
      'leaks',
      'https://me:secret@leaks.example.org',
      'https://x/?a',
    ])
      assert.throws(() => serviceAddress(given), { code: 'bad-option' })
  })
})
