// A host's disk: an overlay of the images with a fresh upper folder on top. The upper lies in memory, or on ext4 over
// a file (which lies in memory too), where a power cut and a full disk are the real thing. One mount per host, so
// that throwing it away is unmounting it, whatever immutable files it holds.

import { mkdir, rename, rm, statfs } from 'node:fs/promises'
import { unmountBelow } from './cleanup.js'
import { execute, must, quote } from './tools.js'

export type DiskKind = 'overlay' | 'ext4'

export interface Disk {
  kind: DiskKind
  /** the host's own folder within the lab's */
  folder: string
  lowers: string[]
  sizeMb: number
}

export function rootOf(disk: Disk): string {
  return `${disk.folder}/root`
}

function image(disk: Disk): string {
  return `${disk.folder}/disk.img`
}

function upper(disk: Disk): string {
  return `${disk.folder}/disk`
}

async function mountRoot(disk: Disk): Promise<void> {
  const folders = `upperdir=${upper(disk)}/upper,workdir=${upper(disk)}/work`
  await must(['mount', '-t', 'overlay', '-o', `lowerdir=${disk.lowers.join(':')},${folders}`, 'overlay', rootOf(disk)])
}

/** Mounts a new and empty upper. */
export async function fresh(disk: Disk): Promise<void> {
  unmountBelow(disk.folder)
  await mkdir(rootOf(disk), { recursive: true })
  await mkdir(upper(disk), { recursive: true })
  if (disk.kind === 'ext4') {
    await rm(image(disk), { force: true })
    const file = quote(image(disk))
    const format = `mkfs.ext4 -q -m 0 -J size=4 -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 ${file}`
    await must(['sh', '-euc', `truncate -s ${disk.sizeMb}M ${file}; ${format}`])
    await must(['mount', '-o', 'loop,noatime', image(disk), upper(disk)])
  } else {
    await must(['mount', '-t', 'tmpfs', '-o', 'mode=0755', 'disk', upper(disk)])
  }
  await mkdir(`${upper(disk)}/upper`)
  await mkdir(`${upper(disk)}/work`)
  await mountRoot(disk)
}

/** The bytes that have reached the disk by now, beside the disk itself. */
export async function copyNow(disk: Disk): Promise<void> {
  await must(['cp', '--sparse=always', image(disk), `${image(disk)}.cut`])
}

/** Puts the copy in the disk's place, as a machine finds it when power returns. */
export async function useCopy(disk: Disk): Promise<void> {
  unmountBelow(disk.folder)
  await rename(`${image(disk)}.cut`, image(disk))
  await must(['mount', '-o', 'loop,noatime', image(disk), upper(disk)])
  await mountRoot(disk)
}

export async function discard(disk: Disk): Promise<void> {
  unmountBelow(disk.folder)
  await rm(image(disk), { force: true })
}

function filler(disk: Disk): string {
  return `${upper(disk)}/filler`
}

/** Takes every free block, beside the host's own files: nobody finds one that is too big. */
export async function fill(disk: Disk): Promise<void> {
  await must(['sync', '--file-system', upper(disk)])
  const { bavail, bsize } = await statfs(upper(disk))
  if (bavail > 0) await execute(['fallocate', '-l', String(bavail * bsize), filler(disk)])
  await execute(['dd', 'if=/dev/zero', `of=${filler(disk)}.rest`, 'bs=4k', 'conv=fsync'])
  await execute(['dd', 'if=/dev/zero', `of=${filler(disk)}.last`, 'bs=1k', 'conv=fsync'])
}

export async function free(disk: Disk): Promise<void> {
  for (const name of ['', '.rest', '.last']) await rm(`${filler(disk)}${name}`, { force: true })
}
