import type { AccountFacts } from '../model/facts.js'

/** The account as it will be made: what doubts and lists are held against before it exists. */
export const newAccount = (name: string): AccountFacts => ({
  name,
  uid: 1000,
  gid: 1000,
  home: `/home/${name}`,
  shell: '/bin/bash',
  shellRuns: true,
  groups: [name],
  password: 'star',
  passwordLocked: false,
  expires: null,
  mustChange: false,
})
