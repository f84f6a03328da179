import { printable } from '../model/shell.js'
import { type Style, toCopy, wrap } from './layout.js'

/** What a guide is made of; the few forms that guides/ uses, no more. */
export type Block =
  | { readonly kind: 'prose'; readonly mark: string; readonly words: string }
  | { readonly kind: 'command'; readonly lines: readonly string[] }

export interface Section {
  readonly heading: string
  readonly blocks: readonly Block[]
}

export interface Guide {
  readonly title: string
  readonly sections: readonly Section[]
}

const blocksOf = (lines: readonly string[]): Block[] => {
  const found: Block[] = []
  /** the block that the line before belongs to; an empty line ends it */
  let open: Block | undefined
  for (const line of lines) {
    const next = blockWith(line, open)
    if (next === undefined) open = undefined
    else {
      if (next.goesOn) found.pop()
      found.push(next.block)
      open = next.block
    }
  }
  return found
}

/** `1  words` and `- words` hang; four spaces in front are a command; everything else is prose. */
const blockWith = (line: string, open: Block | undefined): { block: Block; goesOn: boolean } | undefined => {
  if (line.trim() === '') return undefined
  const command = /^ {4}(.*)$/.exec(line)?.[1]?.trimEnd()
  if (command !== undefined && open?.kind !== 'prose')
    return { block: { kind: 'command', lines: [...(open?.lines ?? []), command] }, goesOn: open !== undefined }
  const item = /^(\d+ {2}|- )(.*)$/.exec(line)
  if (item) return { block: { kind: 'prose', mark: item[1]!, words: item[2]!.trim() }, goesOn: false }
  return open?.kind === 'prose'
    ? { block: { ...open, words: `${open.words} ${line.trim()}` }, goesOn: true }
    : { block: { kind: 'prose', mark: '', words: line.trim() }, goesOn: false }
}

export const parseGuide = (markdown: string): Guide => {
  const lines = printable(markdown.replaceAll('\r\n', '\n')).split('\n')
  const starts = lines.flatMap((line, at) => (line.startsWith('## ') ? [at] : []))
  return {
    title:
      lines
        .find(line => line.startsWith('# '))
        ?.slice(2)
        .trim() ?? '',
    sections: starts.map((start, at) => ({
      heading: lines[start]!.slice(3).trim(),
      blocks: blocksOf(lines.slice(start + 1, starts[at + 1])),
    })),
  }
}

/** `loose`: an empty line around every block that is no list; else only between two commands, which are not one. */
export const blockLines = (
  blocks: readonly Block[],
  width: number,
  indent: string,
  { bold }: Style,
  loose: boolean,
): string[] =>
  blocks.flatMap((block, at) => {
    const before = blocks[at - 1]
    const list = (one: Block) => one.kind === 'prose' && one.mark === '- '
    const gap =
      before !== undefined &&
      (loose ? !(list(before) && list(block)) : before.kind === block.kind && block.kind === 'command')
    const lines =
      block.kind === 'command'
        ? block.lines.map(line => indent + bold(toCopy(line)))
        : wrap(block.words, width, indent + block.mark)
    return [...(gap ? [''] : []), ...lines]
  })
