// Bundles src/cli.ts, and everything it needs, into dist/: node scripts/build.mjs [ENTRY]
//
// Bundled as ES modules, which esbuild can split into parts that are loaded when they are needed; then each part is put
// into CommonJS, which Node loads without its module loader: every start is some 12 ms shorter, a tenth.
import './install.mjs'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

// only now: on a bare clone it was not there when this file was read
const { build, transform } = await import('esbuild')

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

/** One part in CommonJS. A call stays readable: `part.name()`, not `(0, part.name)()`; nothing of ours asks for `this`. */
const common = async text => {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    supported: { 'dynamic-import': false },
    define: { 'import.meta.dirname': '__dirname' },
  })
  return code.replace(/\(0, (import_\w+\.\w+)\)\(/g, '$1(')
}

mkdirSync('dist', { recursive: true })
// the package says that its files are ES modules
writeFileSync('dist/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`)
for (const { path, text: bundled } of outputFiles) {
  const text = await common(bundled)
  const program = basename(path) === 'cli.js'
  // a banner of esbuild's would stand in every part, and twice where the source has its own
  writeFileSync(path, program && !text.startsWith('#!') ? `#!/usr/bin/env node\n${text}` : text)
  if (program) chmodSync(path, 0o755)
}
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
const made = ['package.json', 'LICENSES.txt', ...outputFiles.map(({ path }) => basename(path))]
for (const name of readdirSync('dist')) if (!made.includes(name)) rmSync(`dist/${name}`, { recursive: true })
