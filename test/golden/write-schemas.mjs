// Writes schemas/*.schema.json from the one source, src/report/schemas.ts: npx tsc && node test/golden/write-schemas.mjs
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { jsonSchemas } from '../../build/src/report/schemas.js'

const folder = fileURLToPath(new URL('../../schemas/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const [name, content] of Object.entries(jsonSchemas())) writeFileSync(folder + name, content)
