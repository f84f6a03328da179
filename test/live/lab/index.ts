// The lab as its users see it: real Debian hosts for the live tests, booted in about a second, harmed at will.

export type { DiskKind } from './disk.js'
export { type BootOptions, Host, type HostOptions } from './host.js'
export { cacheFolder, prepare } from './images.js'
export { Lab } from './lab.js'
export type { Prompt, PtyOptions, Transcript } from './pty.js'
export { type Layer, layerOrder, repository, type Suite } from './recipes.js'
export { difference, exclusions, type Snapshot, snapshot } from './snapshot.js'
export { available, type ExecuteOptions, ensureTools, type Result, type Running } from './tools.js'
