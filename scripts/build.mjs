// Bundles src/cli.ts, and everything it needs, into dist/: node scripts/build.mjs [ENTRY]
import './install.mjs'
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

// only now: on a bare clone it was not there when this file was read
const { build } = await import('esbuild')

const [entry = 'src/cli.ts'] = process.argv.slice(2)
const { outputFiles } = await build({
  entryPoints: { cli: entry },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'part-[hash]',
  write: false,
})

mkdirSync('dist', { recursive: true })
for (const { path, text } of outputFiles) {
  const program = basename(path) === 'cli.js'
  // a banner of esbuild's would stand in every part, and twice where the source has its own
  writeFileSync(path, program && !text.startsWith('#!') ? `#!/usr/bin/env node\n${text}` : text)
  if (program) chmodSync(path, 0o755)
}
// last, so that what runs from dist/ meanwhile still finds its parts
const made = outputFiles.map(({ path }) => basename(path))
for (const name of readdirSync('dist')) if (!made.includes(name)) rmSync(`dist/${name}`, { recursive: true })
