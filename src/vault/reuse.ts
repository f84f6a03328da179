/** Numbers of others, in their order: at most so many, or a vault of one password would need pages for each entry. */
export const most = 20

export interface Uses {
  readonly same: readonly number[]
  readonly near: readonly number[]
}

const shortest = 8
const longest = 256
const edits = 2

/** Are at most two letters changed, added or left out between the two? */
export const isNear = (a: string, b: string): boolean => {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a]
  if (long.length - short.length > edits) return false
  let start = 0
  while (start < short.length && short[start] === long[start]) start++
  let end = 0
  while (end < short.length - start && short.at(-1 - end) === long.at(-1 - end)) end++
  const s = short.slice(start, short.length - end)
  const l = long.slice(start, long.length - end)
  if (s.length === 0) return l.length <= edits
  // only the five diagonals next to the middle can stay within two edits
  let row = Array.from({ length: s.length + 1 }, (_, at) => at)
  for (let i = 1; i <= l.length; i++) {
    const next = new Array<number>(s.length + 1).fill(edits + 1)
    if (i <= edits) next[0] = i
    let best = next[0]!
    for (let j = Math.max(1, i - edits); j <= Math.min(s.length, i + edits); j++) {
      next[j] = Math.min(row[j - 1]! + (l[i - 1] === s[j - 1] ? 0 : 1), row[j]! + 1, next[j - 1]! + 1)
      best = Math.min(best, next[j]!)
    }
    if (best > edits) return false
    row = next
  }
  return row[s.length]! <= edits
}

/** Three pieces of a length: two edits leave one of them as it is, moved by two at most. */
const piecesOf = (length: number): (readonly [start: number, end: number])[] =>
  [0, 1, 2].map(at => [Math.floor((length * at) / 3), Math.floor((length * (at + 1)) / 3)] as const)

/** Long enough, and no number: numbers of one length are near each other by chance. */
const comparable = (word: string): boolean => word.length >= shortest && word.length <= longest && !/^\d+$/.test(word)

/** The word behind `Sommer2024`; null where too little is left to be one. */
const stem = (word: string): string | null => {
  const rest = word.toLowerCase().replace(/\d+$/, '')
  return rest.length >= 4 ? rest : null
}

/** Which of these are the same, and which nearly: equal but for case and digits at the end, or two edits apart. */
export const usesOf = (words: readonly string[]): Uses[] => {
  const where = new Map<string, number[]>()
  words.forEach((word, at) => {
    const list = where.get(word)
    if (list) list.push(at)
    else where.set(word, [at])
  })
  const different = [...where.keys()]
  const near = new Map<string, Set<string>>(different.map(word => [word, new Set()]))
  const pair = (a: string, b: string) => {
    const [first, second] = [near.get(a)!, near.get(b)!]
    if (first.size < most) first.add(b)
    if (second.size < most) second.add(a)
  }

  const stems = new Map<string, string[]>()
  for (const word of different) {
    const key = stem(word)
    if (key === null) continue
    const others = stems.get(key) ?? []
    for (const other of others.slice(0, most)) pair(other, word)
    stems.set(key, [...others.slice(0, most), word].slice(0, most + 1))
  }

  // every word is looked for among those before it, by the pieces that they must share
  const index = new Map<string, string[]>()
  for (const word of different) {
    if (!comparable(word)) continue
    const candidates = new Set<string>()
    for (let length = Math.max(shortest, word.length - edits); length <= word.length + edits; length++)
      piecesOf(length).forEach(([start, end], piece) => {
        for (let shift = -edits; shift <= edits; shift++) {
          if (start + shift < 0 || end + shift > word.length) continue
          const found = index.get(`${length} ${piece} ${word.slice(start + shift, end + shift)}`)
          if (found) for (const other of found) candidates.add(other)
        }
      })
    for (const other of candidates) if (isNear(word, other)) pair(other, word)
    piecesOf(word.length).forEach(([start, end], piece) => {
      const key = `${word.length} ${piece} ${word.slice(start, end)}`
      const list = index.get(key)
      if (list) list.push(word)
      else index.set(key, [word])
    })
  }

  return words.map((word, at) => ({
    same: where
      .get(word)!
      .slice(0, most + 1)
      .filter(other => other !== at)
      .slice(0, most),
    near: [...near.get(word)!]
      .flatMap(other => where.get(other)!.slice(0, most))
      .sort((a, b) => a - b)
      .slice(0, most),
  }))
}
