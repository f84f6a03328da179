// Bundles src/cli.ts, and everything it needs, into dist/: node scripts/build.mjs [ENTRY]
//
// Bundled as ES modules, which esbuild can split into parts that are loaded when they are needed; then each part is put
// into CommonJS, which Node loads without its module loader: every start is some 12 ms shorter, a tenth.
import './install.mjs'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

// only now: on a bare clone it was not there when this file was read
const { build } = await import('esbuild')

const [entry = 'src/cli.ts'] = process.argv.slice(2)
const { outputFiles, metafile } = await build({
  entryPoints: { cli: entry },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'part-[hash]',
  write: false,
  metafile: true,
})

// What is needed before ssh is on its way stands in one file, ahead.js: fifteen files would cost as much as the work in
// them. Whoever else needs one of these parts gets it from there, through a file of one line.
const parts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]))
const about = name => metafile.outputs[`dist/${name}`]
const ahead = new Set()
const needs = name => {
  if (ahead.has(name)) return
  ahead.add(name)
  for (const { path, kind } of about(name).imports)
    if (kind === 'import-statement' && parts.has(basename(path))) needs(basename(path))
}
needs('cli.js')
for (const name of parts.keys()) if (about(name).entryPoint === 'src/commands/audit.ts') needs(name)
const nameOf = part => part.replace(/\W/g, '_')
const inMemory = inlined => ({
  name: 'parts',
  setup(on) {
    on.onResolve({ filter: /^\.\/(cli|part-\w+)\.js$/ }, ({ path, kind }) =>
      kind !== 'dynamic-import' && inlined.has(path.slice(2)) ? { path, namespace: 'parts' } : { path, external: true },
    )
    on.onLoad({ filter: /./, namespace: 'parts' }, ({ path }) => ({ contents: parts.get(path.slice(2)) }))
  },
})

/** One part in CommonJS. A call stays readable: `part.name()`, not `(0, part.name)()`; nothing of ours asks for `this`. */
const common = async (text, inlined = new Set()) => {
  const { outputFiles } = await build({
    stdin: { contents: text },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
    plugins: [inMemory(inlined)],
  })
  return outputFiles[0].text.replace(/\(0, (import_\w+\.\w+)\)\(/g, '$1(')
}

mkdirSync('dist', { recursive: true })
// the package says that its files are ES modules
writeFileSync('dist/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`)
for (const [name, text] of parts) {
  if (name === 'cli.js') continue
  const code = ahead.has(name) ? `module.exports = require('./ahead.js').${nameOf(name)}\n` : await common(text)
  writeFileSync(`dist/${name}`, code)
}
const others = [...ahead].filter(name => name !== 'cli.js').map(name => `export * as ${nameOf(name)} from './${name}'`)
const first = await common(`import './cli.js'\n${others.join('\n')}\n`, ahead)
writeFileSync('dist/ahead.js', first.replace(/^#!.*\n/, ''))
// nothing but this: under whatever name it is started, the parts find the one program there is
writeFileSync('dist/cli.js', "#!/usr/bin/env node\nrequire('./ahead.js')\n")
chmodSync('dist/cli.js', 0o755)
// the licences of what is in the bundle ask to be shipped with it
const packages = Object.keys(metafile.inputs).flatMap(
  path => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
)
const licences = [...new Set(packages)].sort().map(name => {
  const own = readdirSync(`node_modules/${name}`).filter(file => /^(licen[cs]e|notice|third_party)/i.test(file))
  if (own.length === 0) throw new Error(`${name} brings no licence`)
  return [name, ...own.map(file => readFileSync(`node_modules/${name}/${file}`, 'utf8').trim())].join('\n\n')
})
writeFileSync('dist/LICENSES.txt', `${licences.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`)
// last, so that what runs from dist/ meanwhile still finds its parts
const made = ['package.json', 'LICENSES.txt', 'ahead.js', ...outputFiles.map(({ path }) => basename(path))]
for (const name of readdirSync('dist')) if (!made.includes(name)) rmSync(`dist/${name}`, { recursive: true })
