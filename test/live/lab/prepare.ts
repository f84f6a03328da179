// Builds images ahead of time: node build/test/live/lab/prepare.js [SUITE...] [LAYER...]. With nothing named, all.

import { cacheFolder, prepare } from './images.js'
import { layerOrder, type Suite } from './recipes.js'
import { available } from './tools.js'

const suites: Suite[] = ['trixie', 'bookworm', 'bullseye']
const words = process.argv.slice(2)
const unknown = words.find(word => ![...suites, ...layerOrder].some(known => known === word))
const possible = available()
if (unknown !== undefined) {
  process.stderr.write(`lab: no suite or layer is called ${unknown}: ${[...suites, ...layerOrder].join(' ')}\n`)
  process.exitCode = 2
} else if (!possible.ok) {
  process.stderr.write(`lab: ${possible.why}\n`)
  process.exitCode = 2
} else {
  const chosenSuites = suites.filter(suite => words.includes(suite))
  const chosenLayers = layerOrder.filter(layer => words.includes(layer))
  const log = (line: string) => process.stdout.write(`lab: ${line}\n`)
  const everything = words.length === 0
  await prepare(chosenSuites.length > 0 ? chosenSuites : suites, everything ? layerOrder : chosenLayers, log)
  log(`images are in ${cacheFolder()}`)
}
