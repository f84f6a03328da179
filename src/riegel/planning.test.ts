import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, annasSudo, choices, debian, facts, loginKey, seenSections } from '../../test/fixtures/facts.js'
import type { Sections } from '../model/facts.js'
import type { Plan } from '../model/plan.js'
import { claims, outline } from '../plan/build.js'
import { judgeAll } from '../rules/judge.js'
import passwordlessSudo from '../rules/root/passwordless-sudo.js'
import { onPurpose } from './planning.js'

test('what a plan leaves open does not count against what it claims, all else of the rule does', () => {
  const [free, asks] = [annasSudo('NOPASSWD'), annasSudo('PASSWD')].map(({ accounts }) => accounts['anna']!)
  const sudo = (anna: typeof free, bot: typeof free): Pick<Sections, 'sudo'> => ({
    sudo: { ...debian.sudo, accounts: { anna: anna!, deploybot: bot! } },
  })
  const two = {
    accounts: [...debian.accounts, account('anna', 1000, { password: 'yescrypt' }), account('deploybot', 1001)],
    loginKeys: { keys: [loginKey('anna'), loginKey('deploybot')], paths: [] },
  }
  const before = facts({ ...two, ...sudo(free, free) })
  const judged = judgeAll([passwordlessSudo], before)
  const chosen = choices({ account: { ...choices().account, exists: true }, newPort: 'keep' })
  const draft = outline({
    wanted: judged,
    facts: before,
    sections: seenSections(before),
    choices: chosen,
    rules: new Map(),
  })
  assert.ok(!('refuse' in draft))
  assert.deepEqual(claims(draft), [passwordlessSudo.id])
  const plan = { choices: chosen, leftOpen: draft.leftOpen } as unknown as Plan
  const after = (anna: typeof free, bot: typeof free) =>
    judgeAll([passwordlessSudo], facts({ ...two, ...sudo(anna, bot) }))[0]!
  assert.deepEqual([onPurpose(plan, after(asks, free)), onPurpose(plan, after(free, free))], [true, false])
  assert.equal(onPurpose({ ...plan, leftOpen: [] }, after(asks, free)), false)
})
