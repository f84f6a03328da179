import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { letsIn, parseStack } from './pam-stack.js'

const both = ['pam_google_authenticator.so', 'pam_oath.so']
const nothing = { password: false, code: false, enrolled: true }
const password = { ...nothing, password: true }
const code = { ...nothing, code: true }
const all = { password: true, code: true, enrolled: true }
const stranger = { password: false, code: false, enrolled: false }

/** Whom of these a stack lets in. */
const lets = (...lines: string[]): string[] =>
  Object.entries({ nothing, password, code, all, stranger })
    .filter(([, attempt]) => letsIn(parseStack(lines), attempt, both) !== null)
    .map(([name]) => name)

const debian = [
  '[success=1 default=ignore] pam_unix.so nullok',
  'requisite pam_deny.so',
  'required pam_permit.so',
  'optional pam_cap.so',
]
const google = 'pam_google_authenticator.so'

describe('what PAM asks for', () => {
  for (const [what, lines, whom] of [
    ['nothing in it lets nobody in', [], []],
    ["Debian's own: the password", debian, ['password', 'all']],
    ['the code alone', [`required ${google}`], ['code', 'all']],
    ['the code, then the password', [`required ${google}`, ...debian], ['all']],
    ['the password, then the code', [...debian, `required ${google}`], ['all']],
    [
      'a jump over the code',
      ['[success=1 default=ignore] pam_unix.so', `required ${google}`, 'required pam_permit.so'],
      ['password', 'code', 'all'],
    ],
    ['a code that is enough', [`sufficient ${google}`, ...debian], ['password', 'code', 'all']],
    ['a password that is enough', ['sufficient pam_unix.so', `required ${google}`], ['password', 'code', 'all']],
    [
      'a code that does not count',
      [`optional ${google}`, 'required pam_permit.so'],
      ['nothing', 'password', 'code', 'all', 'stranger'],
    ],
    [
      'a wrong code that is ignored',
      [`[success=ok default=ignore] ${google}`, 'required pam_permit.so'],
      ['nothing', 'password', 'code', 'all', 'stranger'],
    ],
    ['permit after the code', [`required ${google}`, 'required pam_permit.so'], ['code', 'all']],
    ['nullok and permit', [`required ${google} nullok`, 'required pam_permit.so'], ['code', 'all', 'stranger']],
    ['deny at the end', [`required ${google}`, 'required pam_deny.so'], []],
    ['requisite ends it', [`requisite ${google}`, 'required pam_permit.so'], ['code', 'all']],
    [
      'the code is skipped where something nobody knows says so',
      ['[success=done default=ignore] pam_access.so', `required ${google}`],
      ['nothing', 'password', 'code', 'all', 'stranger'],
    ],
    ['what has no say skips nothing', ['sufficient pam_env.so', `required ${google}`], ['code', 'all']],
    ['a security key besides', ['sufficient pam_u2f.so', `required ${google}`], ['code', 'all']],
    [
      'faillock as Red Hat has it',
      [
        'required pam_faillock.so preauth',
        'sufficient pam_unix.so',
        '[default=die] pam_faillock.so authfail',
        'required pam_deny.so',
      ],
      ['password', 'all'],
    ],
    [
      'whom pam_oath does not know',
      ['[user_unknown=ignore success=ok default=bad] pam_oath.so', 'required pam_permit.so'],
      ['code', 'all', 'stranger'],
    ],
    [
      'a substack: done leaves only it',
      ['substack x', 'sufficient pam_unix.so', 'required pam_deny.so', 'end substack', `required ${google}`],
      ['all'],
    ],
    [
      'a substack counts as one to a jump',
      [
        '[success=1 default=ignore] pam_unix.so',
        'substack x',
        `required ${google}`,
        'required pam_permit.so',
        'end substack',
        'required pam_permit.so',
      ],
      ['password', 'code', 'all'],
    ],
    ['reset forgets', ['required pam_permit.so', '[default=reset] pam_deny.so'], []],
    [
      'a return code that is not named is bad',
      ['[success=ok] pam_unix.so', 'required pam_permit.so'],
      ['password', 'all'],
    ],
  ] as const)
    test(what, () => assert.deepEqual(lets(...lines), whom))

  test('a code module that is not installed refuses, unless its line begins with a dash', () => {
    const lines = (dash: string) => [`${dash}required ${google}`, 'required pam_permit.so']
    assert.equal(letsIn(parseStack(lines('')), all, []), null)
    assert.deepEqual(letsIn(parseStack(lines('-')), nothing, []), ['pam_permit.so'])
  })

  test('the modules that spoke for it are named; a path is no other module', () => {
    assert.deepEqual(letsIn(parseStack([`sufficient /usr/lib/security/${google}`]), code, both), [google])
  })

  test('an include that leads nowhere is said', () => {
    assert.equal(parseStack(['required pam_env.so', 'missing common-auth']).missing, 'common-auth')
    assert.equal(parseStack(debian).missing, null)
  })

  test('of 400 random stacks the same that libpam itself says (test/fixtures/pam-verdicts.py)', () => {
    const path = fileURLToPath(new URL('../../../test/fixtures/pam-verdicts.txt', import.meta.url))
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    assert.equal(lines.length, 400)
    for (const line of lines) {
      const [said, ...stack] = line.split('\t')
      assert.equal(letsIn(parseStack(stack), stranger, both) === null ? 'no' : 'yes', said, line)
    }
  })

  test('substacks in substacks without end are not followed', () => {
    const nested = Array.from({ length: 100 }, () => 'substack x')
    assert.equal(parseStack([...nested, 'required pam_permit.so']).missing, 'substack x')
    assert.equal(letsIn(parseStack([...nested, '[success=1 ignore=2 default=reset] pam_x.so']), nothing, both), null)
  })

  test('two hundred modules that may answer anything', () => {
    const many = Array.from({ length: 200 }, () => '[success=1 ignore=2 default=ignore] pam_x.so')
    assert.equal(letsIn(parseStack(many), nothing, both), null)
  })
  test('another factor says no, unless it may wave through whom it does not know', () => {
    const waves = (...lines: string[]) => {
      const stack = parseStack(lines)
      return [false, true].map(waved => letsIn(stack, { ...nothing, waved }, both) !== null)
    }
    const permit = 'required pam_permit.so'
    assert.deepEqual(waves('required pam_u2f.so', permit), [false, false])
    assert.deepEqual(waves('required pam_u2f.so authfile=/etc/u2f nouserok', permit), [false, true])
    assert.deepEqual(waves('sufficient pam_u2f.so nouserok', 'required pam_unix.so'), [false, true])
    assert.deepEqual(waves('requisite pam_duo.so'), [false, true])
    assert.deepEqual(waves('required pam_radius_auth.so localifdown', permit), [false, true])
    assert.deepEqual(waves('required pam_radius_auth.so', permit), [false, false])
    assert.deepEqual(waves('required pam_yubico.so id=1 nullok', permit), [false, true])
    assert.deepEqual(waves('required pam_deny.so nullok', permit), [false, false])
  })
})
