// Images are built once and kept in a cache folder, each under a name that hashes everything that went in. A build
// holds a lock, works in a folder of its own in a mount namespace of its own, and ends with a rename: killed at any
// moment it leaves nothing mounted and nothing half done that could be taken for an image.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import {
  basePackages,
  baseScript,
  type Layer,
  layerOrder,
  layerScripts,
  mirrorEntries,
  repository,
  repositoryIndexScript,
  repositoryScript,
  type Suite,
} from './recipes.js'
import { mirrors, proxyOptions } from './sources.js'
import { ensureTools, execute, quote, tail } from './tools.js'

type Log = (line: string) => void

const quiet: Log = () => {}

/** Changed by hand when the way of building changes without changing a recipe. */
const generation = '1'

export function cacheFolder(): string {
  return process.env['RIEGEL_LAB_CACHE'] || '/var/cache/riegel-lab'
}

interface Image {
  /** name within the cache folder, with the hash */
  name: string
  /** the images below, nearest first */
  below: Image[]
  /** sh that fills the folder $1/root */
  script: string
}

function named(title: string, script: string, below: Image[]): Image {
  const hash = createHash('sha256')
  for (const part of [generation, script, ...below.map(image => image.name)]) hash.update(`${part.length}:${part}`)
  return { name: `${title}-${hash.digest('hex').slice(0, 12)}`, below, script }
}

function base(suite: Suite): Image {
  const entries = mirrorEntries(suite, mirrors())
  const options = [
    'Acquire::Check-Valid-Until "false"',
    'Acquire::Check-Date "false"',
    'Acquire::Languages "none"',
    ...proxyOptions(),
  ].map(option => `--aptopt=${option}`)
  // real installations of bullseye have one /usr; mmdebstrap's own hook for that needs a later suite
  const merge = 'for d in bin sbin lib lib64; do mkdir -p "$1/usr/$d"; ln -s "usr/$d" "$1/$d"; done'
  const argv = [
    ...['mmdebstrap', '--variant=minbase', '--format=directory', `--include=${basePackages}`, ...options],
    ...[
      '--skip=cleanup/apt/lists',
      '--dpkgopt=force-unsafe-io',
      ...(suite === 'bullseye' ? [`--setup-hook=${merge}`] : []),
    ],
    ...[suite],
  ]
  const words = argv.map(quote).join(' ')
  const script = `${words} "$1/root" ${entries.map(quote).join(' ')}\nset -- "$1/root"\n${baseScript(entries)}`
  return named(`${suite}-base`, script, [])
}

/** Mounts the layers below with a fresh one on top at $1/mount, and runs what is given in a chroot of it. */
function onTop(below: Image[], inside: string, between = '', insideAgain = ''): string {
  const chroot = (script: string) => `cat >"$m/run-me" <<'INSIDE'
export DEBIAN_FRONTEND=noninteractive PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
${proxyOptions().length === 0 ? '' : `export APT_CONFIG=/tmp/proxy.conf\ncat >/tmp/proxy.conf <<'PROXY'\n${proxyOptions().join('\n')}\nPROXY\n`}${script}
INSIDE
chroot "$m" /bin/sh /run-me
rm -f "$m/run-me" "$m/tmp/proxy.conf"
`
  return `m=$1/mount
mkdir -p "$1/root" "$1/work" "$m"
mount -t overlay overlay -o ${quote(`lowerdir=${lowers(below).join(':')}`)},upperdir="$1/root",workdir="$1/work" "$m"
mount -t proc proc "$m/proc"
mount -t tmpfs tmpfs "$m/dev"
for node in null zero full random urandom tty; do : >"$m/dev/$node"; mount --bind "/dev/$node" "$m/dev/$node"; done
ln -s /proc/self/fd "$m/dev/fd"
mount -t tmpfs tmpfs "$m/tmp"
mount --bind /etc/resolv.conf "$m/etc/resolv.conf"
printf '#!/bin/sh\\nexit 101\\n' >"$m/usr/sbin/policy-rc.d"
chmod 755 "$m/usr/sbin/policy-rc.d"
${chroot(inside)}${between}${insideAgain === '' ? '' : chroot(insideAgain)}rm -f "$m/usr/sbin/policy-rc.d"
umount -R "$m"
rm -rf "$1/work" "$m"
`
}

function lowers(images: Image[]): string[] {
  return images.map(image => `${cacheFolder()}/${image.name}/root`)
}

/** The images of a host, nearest first: its last layer, ..., the package repository, the base. */
function chain(suite: Suite, layers: Layer[]): Image[] {
  let images = [base(suite)]
  const index = `(cd "$m${repository}" && dpkg-scanpackages --multiversion . >Packages 2>"$1/index.log") || { cat "$1/index.log" >&2; exit 1; }
rm -f "$1/index.log"
`
  const packages = onTop(images, repositoryScript, index, repositoryIndexScript)
  images = [named(`${suite}-packages`, packages, images), ...images]
  const wanted = layerOrder.filter(layer => layers.includes(layer))
  wanted.forEach((layer, position) => {
    const title = `${suite}-${wanted.slice(0, position + 1).join('-')}`
    images = [named(title, onTop(images, layerScripts[layer]), images), ...images]
  })
  return images
}

async function build(image: Image, log: Log): Promise<void> {
  const target = `${cacheFolder()}/${image.name}`
  if (existsSync(target)) return
  await mkdir(cacheFolder(), { recursive: true })
  const began = Date.now()
  log(`${image.name}: building`)
  const work = `${target}.building`
  const script = `set -eu
[ ! -d ${quote(target)} ] || exit 0
[ ! -d ${quote(work)} ] || rm -rf ${quote(work)}
mkdir -p ${quote(work)}
trap 'rm -rf ${quote(work)}' EXIT
(set -- ${quote(work)}
${image.script})
cat >${quote(`${work}/recipe`)} <<'END OF RECIPE'
${image.script}
END OF RECIPE
mv ${quote(work)} ${quote(target)}
`
  const lock = ['flock', '--exclusive', `${target}.lock`]
  const alone = ['unshare', '--mount', '--propagation', 'private', '/bin/sh', '-c', script]
  const { code, stdout, stderr } = await execute([...lock, ...alone], { timeoutMs: 30 * 60_000 })
  if (code !== 0) {
    await writeFile(`${target}.log`, stdout + stderr)
    throw new Error(`${image.name}: exit ${code}, see ${target}.log\n${tail(stderr || stdout)}`)
  }
  log(`${image.name}: ready after ${((Date.now() - began) / 1000).toFixed(1)} s`)
}

/** Builds what is missing for one host and returns its overlay's lower folders, nearest first. */
export async function lowerFolders(suite: Suite, layers: Layer[] = [], log: Log = quiet): Promise<string[]> {
  const images = chain(suite, layers)
  if (images.some(image => !existsSync(`${cacheFolder()}/${image.name}`))) await ensureTools()
  for (const image of images.toReversed()) await build(image, log)
  return lowers(images)
}

/** Builds every suite, each with every one of the layers alone: two suites at a time. */
export async function prepare(suites: Suite[], layers: Layer[], log: Log = quiet): Promise<void> {
  await ensureTools()
  const queue = [...suites]
  const worker = async () => {
    for (let suite = queue.shift(); suite !== undefined; suite = queue.shift()) {
      await lowerFolders(suite, [], log)
      for (const layer of layers) await lowerFolders(suite, [layer], log)
    }
  }
  await Promise.all([worker(), worker()])
}
