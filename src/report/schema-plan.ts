import * as z from 'zod/mini'
import { dangerIds } from '../model/change.js'
import type { Plan } from '../model/plan.js'
import { ruleId, type Same, strings, text } from './schema-parts.js'

const stage = z.enum(['open', 'close', 'after'])
const check = z.optional(z.enum(['visudo', 'nft']))
const ports = z.object({ before: z.array(z.number()), after: z.array(z.number()) })

const setting = z.object({
  kind: z.literal('setting'),
  stage,
  keyword: z.string(),
  values: strings,
  matchAll: z.optional(z.boolean()),
  match: z.optional(z.string()),
})
const line = z.object({ kind: z.literal('line'), stage, path: z.string(), line: z.string() })
const file = z.object({
  kind: z.literal('file'),
  stage,
  path: z.string(),
  content: z.nullable(z.string()),
  mode: z.number(),
  effect: z.optional(z.enum(['none', 'fail2ban', 'nftables', 'ssh-socket'])),
  check,
})
const mode = z.object({
  kind: z.literal('mode'),
  stage,
  path: z.string(),
  mode: z.number(),
  account: z.string(),
})
const accountCreate = z.object({
  kind: z.literal('account-create'),
  stage,
  name: z.string(),
  home: z.string(),
  shell: z.string(),
  keys: strings,
  password: z.enum(['generated', 'none']),
})
const accountKeys = z.object({
  kind: z.literal('account-keys'),
  stage,
  name: z.string(),
  path: z.string(),
  home: z.string(),
  keys: strings,
})
const accountPassword = z.object({ kind: z.literal('account-password'), stage, name: z.string() })
const accountLock = z.object({ kind: z.literal('account-lock'), stage, name: z.string(), expire: z.boolean() })
const secondFactor = z.object({ kind: z.literal('second-factor'), stage, name: z.string() })
const firewall = z.object({
  kind: z.literal('firewall'),
  stage,
  manager: z.enum(['ufw', 'firewalld', 'nftables']),
  port: z.number(),
  zone: z.optional(z.string()),
  chains: z.optional(z.array(z.object({ family: z.string(), table: z.string(), chain: z.string() }))),
})
const service = z.object({ kind: z.literal('service'), stage, unit: z.string() })
const package_ = z.object({ kind: z.literal('package'), stage, name: z.string() })

const accounts = [accountCreate, accountKeys, accountPassword, accountLock, secondFactor] as const
const whole = [mode, ...accounts, firewall, service, package_] as const
const change = z.discriminatedUnion('kind', [setting, line, file, ...whole])

const content = z.optional(z.nullable(z.string()))
const fileItem = z.object({
  kind: z.literal('file'),
  path: z.string(),
  mode: z.number(),
  stages: z.object({ open: content, close: content, after: content }),
  effect: z.enum(['none', 'fail2ban', 'nftables', 'sshd', 'ssh-socket']),
  check,
})

const choices = z.object({
  account: z.object({ name: z.string(), exists: z.boolean(), home: z.string(), keyFile: z.string() }),
  keys: strings,
  newPort: z.union([z.number(), z.literal('keep')]),
  sudo: z.enum(['password', 'nopasswd', 'unchanged']),
  operator: z.string(),
  operatorAddress: z.string(),
  agentKeys: z.number(),
  ports,
  allow: z.array(z.enum(dangerIds)),
  secondFactor: z.optional(z.object({ accounts: strings, except: strings, by: z.optional(z.literal('security-key')) })),
})

export const planSchema = z.object({
  schema: z.literal('riegel.plan/1'),
  riegel: z.string(),
  target: z.string(),
  choices,
  steps: z.array(z.object({ change, rules: z.array(ruleId), says: text })),
  items: z.array(z.discriminatedUnion('kind', [fileItem, ...whole])),
  files: z.array(z.object({ path: z.string(), digest: z.string() })),
  leftOpen: z.array(z.object({ rule: ruleId, because: text, keys: z.optional(strings) })),
  dangers: z.array(z.object({ id: z.enum(dangerIds), text })),
  ports,
  unit: z.string(),
  socket: z.optional(z.string()),
  digest: z.string(),
})

/** What a transaction keeps of its plan on the server: which rules wanted which change. */
export const stepsSchema = z.object({
  schema: z.literal('riegel.steps/1'),
  steps: z.array(z.object({ change, rules: z.array(ruleId) })),
})

true satisfies Same<z.infer<typeof planSchema>, Plan>
