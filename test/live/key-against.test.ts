// riegel key --against: which keys on a real server are the operator's own.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Host } from './lab/index.js'
import { byKey, fingerprint, live, type Operator, report, type Workplace, withUser, workplace } from './support.js'

const foreign = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPF+P21Rjqb2aOQSAQDd3bdlA/pm4ITYNOFU2CcGV3UP of a colleague'

describe('keys on a server, beside those one has', live, () => {
  let place: Workplace
  let operator: Operator
  let host: Host

  before(async () => {
    place = await workplace('against')
    operator = place.operator
    const key = operator.keyLine
    const setup = `${byKey(key)}\necho '${foreign}' >>/root/.ssh/authorized_keys\n${withUser('anna', key, 'ALL')}`
    host = await place.lab.host({ suite: 'bookworm', setup })
  })
  after(() => place.close())

  const key = async (user: string, ...more: string[]) =>
    operator.riegel([
      'key',
      '--against',
      `${user}@${host.ip4}`,
      ...operator.files,
      '--host-key',
      await fingerprint(host),
      ...more,
    ])

  test('one is told to be mine, the other to be nobody I know', async () => {
    const json = report(await key('root', '--format', 'json'))
    assert.deepEqual(
      json.authorized?.map(({ account, comment, yours, where }) => [account, comment, yours, where.line]),
      [
        ['root', 'id_ed25519', `${operator.home}/.ssh/id_ed25519`, 1],
        ['root', 'of a colleague', null, 2],
      ],
    )
    const { stdout, code } = await key('root', '--skip', 'keys/unprotected-private-key')
    assert.equal(code, 1)
    assert.match(stdout, /your key ~\/\.ssh\/id_ed25519/)
    assert.match(stdout, /of a colleague +belongs to no key that you hold here/)
    assert.match(stdout, /strike its line there/)
  })

  test('without root it cannot be seen, and that is said', async () => {
    const { stdout, stderr, code } = await key('anna')
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /could not be seen\nHint: .*--sudo-password-file FILE/)
  })
})
