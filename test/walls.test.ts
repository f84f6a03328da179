// The walls of ARCHITECTURE.md, as data: whoever breaks one reads here why it stands.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { looks } from '../src/collect/looks/index.js'
import { placeholders, type Text } from '../src/model/text.js'
import { doubts } from '../src/plan/doubts/index.js'
import { rules } from '../src/rules/index.js'

// the compiled test lies in build/test; what it reads are the sources
const top = fileURLToPath(new URL('../..', import.meta.url))

interface Wall {
  /** other rooms it may import; its own files always */
  readonly may: readonly string[]
  /** of these rooms it may import types only */
  readonly typesOf?: readonly string[]
  /** pure: no `node:`, no package, no clock, no async, no I/O */
  readonly pure?: true
  readonly why: string
}

const apart = 'rooms meet only in riegel.ts and in commands, so that each can be read and changed alone'
const rooms: Readonly<Record<string, Wall>> = {
  model: { may: [], pure: true, why: 'it is the language everyone speaks: it imports nothing' },
  services: { may: ['model'], pure: true, why: 'the catalogue is data only' },
  rules: { may: ['model', 'services'], pure: true, why: 'same facts, same findings, for ever' },
  target: { may: ['model', 'services', 'keys'], why: apart },
  plan: { may: ['model', 'services'], why: apart },
  probe: { may: ['model', 'services'], why: apart },
  report: { may: ['model', 'services'], why: apart },
  vault: { may: ['model', 'services'], why: apart },
  passwords: { may: ['model', 'services'], why: apart },
  keys: { may: ['model', 'services'], why: apart },
  'second-factor': { may: ['model', 'services'], why: apart },
  collect: {
    may: ['model', 'services', 'keys'],
    typesOf: ['target'],
    why: 'it may look, it may not judge or reach out by itself',
  },
  apply: { may: ['model', 'target'], why: 'the one place that writes shell that changes things' },
  riegel: {
    // every room
    may: [
      ...['model', 'services', 'rules', 'target', 'plan', 'probe', 'report', 'vault', 'passwords', 'keys'],
      ...['second-factor', 'collect', 'apply'],
    ],
    why: 'it composes the rooms; commands and the command line stand above it',
  },
  commands: {
    may: ['riegel', 'report', 'vault', 'passwords', 'keys', 'second-factor', 'model'],
    why: 'commands print and ask; what they look at and change goes through riegel.ts',
  },
  cli: {
    may: ['commands', 'riegel', 'report', 'model'],
    why: 'argv in, exit code and trouble out: the work is done by commands',
  },
}

const impure =
  /\basync\b|\bawait\b|\bDate\.now\b|\bnew Date\b|\bMath\.random\b|\bprocess\.|\bfetch\(|\bset(Timeout|Interval)\b/

/** Imports, re-exports and dynamic imports of a source: what, and whether it is a type only. */
const importsOf = (source: string): { what: string; type: boolean }[] => [
  ...[...source.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/gm)].map(found => ({
    what: found[2]!,
    type: found[1] !== undefined,
  })),
  ...[...source.matchAll(/\bimport\(\s*['"`]([^'"`]+)['"`]/g)].map(found => ({ what: found[1]!, type: false })),
]

const roomOf = (path: string): string => path.replace(/^src\//, '').replace(/[/.].*$/, '')

/** What a source below src does that it may not, each with the reason. */
const breaches = (path: string, source: string): string[] => {
  const room = roomOf(path)
  const wall = rooms[room]
  if (!wall) return [`${path}: the room ${room} is not in the table: say whom it may import, and why`]
  const found = importsOf(source).flatMap(({ what, type }) => {
    const no = (reason: string) => [`${path} imports ${what}: ${reason}`]
    if (!what.startsWith('.')) return wall.pure ? no(wall.why) : []
    const to = normalize(join(path, '..', what))
    if (!to.startsWith('src/')) return no('src leans on nothing outside of src')
    const other = roomOf(to)
    if (other === room || wall.may.includes(other)) return []
    if (wall.typesOf?.includes(other)) return type ? [] : no(`only types of ${other}: ${wall.why}`)
    return no(wall.why)
  })
  const word = wall.pure ? impure.exec(source)?.[0] : undefined
  if (word !== undefined) found.push(`${path} uses ${word}: ${wall.why}`)
  if (room !== 'cli' && /\bprocess\s*\.\s*exit(Code)?\b/.test(source))
    found.push(`${path} ends the process: only src/cli.ts does, or nobody could compose or test it`)
  return found
}

const filesIn = (folder: string): string[] =>
  readdirSync(join(top, folder), { recursive: true, encoding: 'utf8' })
    .map(name => `${folder}/${name}`)
    .sort()
const sources = filesIn('src').filter(path => path.endsWith('.ts') && !path.endsWith('.test.ts'))
const read = (path: string): string => readFileSync(join(top, path), 'utf8')
/** The default export of a source, from where it was compiled to. */
const madeBy = async (path: string): Promise<unknown> => {
  const compiled: { default?: unknown } = await import(new URL(`../${path.replace(/ts$/, 'js')}`, import.meta.url).href)
  return compiled.default
}
const below = (folder: string): string[] =>
  sources.filter(path => path.startsWith(`${folder}/`) && !path.endsWith('/index.ts'))

describe('walls', () => {
  test('nobody imports what the table does not allow', () => {
    assert.ok(sources.length > 100, 'the sources were found')
    assert.deepEqual(
      sources.flatMap(path => breaches(path, read(path))),
      [],
    )
  })

  test('a breach is found, with its reason', () => {
    const found = (path: string, source: string) => breaches(path, source).join('\n')
    assert.match(found('src/rules/root/x.ts', "import { readFileSync } from 'node:fs'"), /node:fs: same facts/)
    assert.match(found('src/rules/root/x.ts', "import { a,\n  b } from '../../plan/x.js'"), /plan\/x\.js: same facts/)
    assert.match(found('src/rules/root/x.ts', 'const now = Date.now()'), /uses Date\.now/)
    assert.match(found('src/model/x.ts', "export { z } from 'zod'"), /zod: it is the language/)
    assert.match(found('src/keys/x.ts', "const x = await import('../target/ssh.js')"), /rooms meet only/)
    assert.match(found('src/collect/x.ts', "import { ssh } from '../target/ssh.js'"), /only types of target/)
    assert.equal(found('src/collect/x.ts', "import type { Ssh } from '../target/ssh.js'"), '')
    assert.match(found('src/plan/x.ts', "import { facts } from '../../test/fixtures/facts.js'"), /outside of src/)
    assert.match(found('src/commands/x.ts', 'process.exitCode = 1'), /only src\/cli\.ts/)
    assert.equal(found('src/cli.ts', 'process.exitCode = 1'), '')
    assert.match(found('src/attic/x.ts', ''), /attic is not in the table/)
  })
})

describe('rules', () => {
  const files = below('src/rules').filter(path => path.split('/').length === 4)

  test('a path is an id, and every rule is listed once', async () => {
    const listed = new Map(rules.map(rule => [rule.id as string, rule]))
    assert.equal(listed.size, rules.length, 'no id twice')
    for (const path of files) {
      const id = path.replace(/^src\/rules\/|\.ts$/g, '')
      assert.ok(listed.has(id), `${path}: no rule ${id} in src/rules/index.ts`)
      assert.equal(await madeBy(path), listed.get(id), `${path}: its rule is not the listed one with that id`)
    }
    assert.equal(files.length, rules.length, 'a listed rule lies elsewhere than in src/rules/<basic>/')
  })

  test('every rule has a test beside it, with a passing and a failing case', () => {
    for (const path of files) {
      const beside = path.replace(/ts$/, 'test.ts')
      assert.ok(existsSync(join(top, beside)), `${beside} is missing`)
      const names = [...read(beside).matchAll(/\btest\(\s*(['"`])((?:(?!\1).)*)\1/g)].map(found => found[2]!)
      for (const word of ['passes', 'fails'])
        assert.ok(
          names.some(name => name.includes(word)),
          `${beside}: no test is called '${word} ...'`,
        )
    }
  })

  for (const rule of rules)
    test(`${rule.id} says the same in both languages`, () => {
      const { title, problem, why, looksAt, does } = rule
      const texts: [string, Text | undefined][] = Object.entries({ title, problem, why, looksAt, does })
      for (const [name, text] of texts) {
        if (!text) continue
        for (const sentence of [text.de, text.en]) assert.notEqual(sentence.trim(), '', `${name} is empty`)
        assert.deepEqual(placeholders(text.de), placeholders(text.en), `${name}: placeholders`)
        if (name !== 'problem') assert.deepEqual(placeholders(text.en), [], `${name}: nothing fills its placeholders`)
      }
      assert.equal(rule.fix === undefined, does === undefined, 'a fix says what it does')
      const { evaluate, ...own } = rule.ownKeys ?? {}
      for (const text of Object.values(own)) {
        for (const sentence of [text.de, text.en]) assert.notEqual(sentence.trim(), '')
        assert.deepEqual(placeholders(text.de), placeholders(text.en))
      }
    })
})

describe('guides', () => {
  const languages = ['de', 'en'] as const
  const names = [...new Set(readdirSync(join(top, 'guides')).map(file => file.replace(/\.(de|en)\.md$/, '')))].sort()
  const guide = (name: string, lang: 'de' | 'en') => `guides/${name}.${lang}.md`
  const sections: Readonly<Record<string, string>> = {
    'Worum es geht': 'What it is about',
    'Von Hand': 'By hand',
    Prüfen: 'Check',
    Zurück: 'Back',
    Quellen: 'Sources',
  }
  const headings = (page: string) => [...page.matchAll(/^## (.*)$/gm)].map(found => found[1]!)
  const steps = (page: string) => [...page.matchAll(/^(\d+) {2}\S/gm)].map(found => Number(found[1]))

  test('every rule names a guide that is there', () => {
    for (const { id, guide: name } of rules)
      if (name !== undefined) assert.ok(names.includes(name), `${id}: there is no guide ${name}`)
  })

  for (const name of names)
    test(`${name} is in both languages, with the same headings and steps`, () => {
      for (const lang of languages)
        assert.ok(existsSync(join(top, guide(name, lang))), `${guide(name, lang)} is missing`)
      const [de, en] = languages.map(lang => read(guide(name, lang))) as [string, string]
      const translated = headings(de).map(heading => sections[heading] ?? `no known heading: ${heading}`)
      assert.deepEqual(translated, headings(en))
      assert.deepEqual(steps(de), steps(en))
      assert.deepEqual(
        steps(en),
        Array.from(steps(en), (_, at) => at + 1),
        'steps are counted from 1',
      )
    })
})

describe('lists', () => {
  test('every look is listed', async () => {
    const listed = new Set<unknown>(looks)
    const files = below('src/collect/looks')
    for (const path of files) assert.ok(listed.has(await madeBy(path)), `${path} is not in src/collect/looks/index.ts`)
    assert.equal(files.length, looks.length)
  })

  test('every doubt is listed, and its file is its id', async () => {
    const files = below('src/plan/doubts')
    for (const path of files) {
      const doubt = doubts.find(({ id }) => path === `src/plan/doubts/${id}.ts`)
      assert.ok(doubt && (await madeBy(path)) === doubt, `${path} is not in src/plan/doubts/index.ts by that id`)
    }
    assert.equal(files.length, doubts.length)
  })
})
