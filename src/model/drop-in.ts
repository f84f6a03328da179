import type { ConfigFile } from './facts.js'

export const mainFile = '/etc/ssh/sshd_config'

/** Where Riegel's settings stand on a server whose sshd reads its drop-ins first, as Debian's does. */
export const dropIn = '/etc/ssh/sshd_config.d/00-riegel.conf'

/** Where they stand on any other: the first line of sshd_config includes them. Not among the drop-ins, or a port of it would be read twice. */
export const beside = '/etc/ssh/riegel.conf'

/** Is it Riegel's own file of settings? */
export const isDropIn = (path: string): boolean => path === dropIn || path === beside

const includeLine = `Include ${beside}`

/** the first line that says something, without what stands around its words */
const firstLine = (files: readonly ConfigFile[]): string =>
  (files.find(file => file.path === mainFile)?.lines.find(line => /^\s*[^#\s]/.test(line)) ?? '').trim()

/** For each keyword sshd takes the first value it reads (sshd_config(5)): is that what stands in `dropIn`? */
const readsDropInFirst = (files: readonly ConfigFile[]): boolean =>
  /^include[\s=]+"?\/etc\/ssh\/sshd_config\.d\/\*\.conf"?$/i.test(firstLine(files)) &&
  !files.some(file => file.path.startsWith('/etc/ssh/sshd_config.d/') && file.path < dropIn)

/** Where settings must be written to be read first, and whether sshd_config has to be told. */
export interface Place {
  readonly path: string
  readonly tell: boolean
}

export const placeOf = (files: readonly ConfigFile[]): Place =>
  readsDropInFirst(files) ? { path: dropIn, tell: false } : { path: beside, tell: firstLine(files) !== includeLine }

/** Where they were written by a transaction that left sshd_config like this; null = it did not touch it. */
export const placeIn = (paths: readonly string[], main: string | null): Place =>
  paths.includes(beside)
    ? { path: beside, tell: main?.includes(`\n${includeLine}\n`) === true }
    : { path: dropIn, tell: false }

/** sshd_config with the line that reads `beside` before everything else. */
export const told = (content: string): string =>
  `# Riegel: first, since for each keyword the first value counts\n${includeLine}\n${content}`
