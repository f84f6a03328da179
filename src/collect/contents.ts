import { createHash } from 'node:crypto'
import { quote } from '../model/shell.js'

/** What some files hold now: for the digests of a plan and for its diff. Files over 256 KiB end it with status 75. */
export const contentsScript = (token: string, paths: readonly string[]): string => `one() {
  [ -f "$1" ] || return 0
  [ "$(stat -L -c %s "$1")" -le 262144 ] || exit 75
  printf '\\n%s file %s\\n' ${token} "$1"
  base64 -w 0 <"$1"
}
${paths.map(path => `one ${quote(path)}`).join('\n')}
printf '\\n%s done\\n' ${token}
`

/** Path to content; a file that is not there is null. Null as a whole where the answer was cut off. */
export const readContents = (
  token: string,
  paths: readonly string[],
  output: string,
): ReadonlyMap<string, Buffer | null> | null => {
  if (!output.includes(`\n${token} done`)) return null
  return new Map(
    paths.map(path => {
      const mark = `\n${token} file ${path}\n`
      const at = output.indexOf(mark)
      if (at < 0) return [path, null]
      const from = at + mark.length
      return [path, Buffer.from(output.slice(from, output.indexOf('\n', from)), 'base64')]
    }),
  )
}

/** SHA-256 in hex, or `absent`. */
export const digestOf = (content: Buffer | null | undefined): string =>
  content === null || content === undefined ? 'absent' : createHash('sha256').update(content).digest('hex')

/** The first file of which a look read other lines than it holds: it changed meanwhile, or somebody spoke for it. */
export const readOtherwise = (
  seen: readonly { readonly path: string; readonly lines: readonly string[] }[],
  contents: ReadonlyMap<string, Buffer | null>,
): string | null => {
  const differs = ({ path, lines }: { readonly path: string; readonly lines: readonly string[] }): boolean => {
    const content = contents.get(path)
    return content != null && content.toString('utf8').trimEnd() !== lines.join('\n').trimEnd()
  }
  return seen.find(differs)?.path ?? null
}
