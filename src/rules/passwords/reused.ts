import type { PasswordFacts } from '../../model/facts.js'
import { judge, notApplicable, type Problem, rule } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'

const shown = 5

/** `„A“, „B“ und 3 weitere` */
const listed = (keys: readonly string[], all = keys.length): Text => {
  const names = keys.slice(0, shown)
  const more = all - names.length
  const list = (open: string, close: string) => names.map(key => `${open}${key}${close}`).join(', ')
  return text(
    `${list('„', '“')}${more > 0 ? ` und ${more} weitere` : ''}`,
    `${list('"', '"')}${more > 0 ? ` and ${more} more` : ''}`,
  )
}

const sameAs = (others: Text): Text => text(`dasselbe Passwort wie ${others.de}`, `the same password as ${others.en}`)
const nearTo = (others: Text): Text =>
  text(`fast dasselbe Passwort wie ${others.de}`, `nearly the same password as ${others.en}`)
const both = (parts: readonly Text[]): Text =>
  text(parts.map(part => part.de).join('; '), parts.map(part => part.en).join('; '))

/** Each password is told once, by the first entry that has it; a pair that is near, by the first of the two. */
const problemsOf = (passwords: readonly PasswordFacts[]): Problem[] => {
  const place = new Map(passwords.map(({ key }, at) => [key, at]))
  // lists are in the order of the entries and cut: their first one names the whole group
  const groups = new Map<string, PasswordFacts[]>()
  for (const one of passwords) {
    if (one.sameAs.length === 0) continue
    const [other = one.key] = one.sameAs
    const first = place.get(other)! < place.get(one.key)! ? other : one.key
    groups.set(first, [...(groups.get(first) ?? []), one])
  }
  const told = new Set<string>()
  return passwords.flatMap((one): Problem[] => {
    const group = groups.get(one.key) ?? []
    const others = group.filter(({ key }) => key !== one.key).map(({ key }) => key)
    // those that share this very password would only say the same again
    const near = one.nearlyAs.filter(key => !told.has(`${key}\n${one.key}`))
    for (const key of near) told.add(`${one.key}\n${key}`)
    const repeated = one.sameAs.length > 0 && group.length === 0
    const parts = [
      ...(others.length > 0 ? [sameAs(listed(others))] : []),
      ...(near.length > 0 && !repeated ? [nearTo(listed(near))] : []),
    ]
    return parts.length === 0
      ? []
      : [{ key: one.key, values: { who: text(`„${one.key}“`, `"${one.key}"`), how: both(parts) } }]
  })
}

export default rule({
  id: 'passwords/reused',
  severity: 'high',
  title: text('Jedes Passwort gilt nur an einer Stelle', 'Every password is used in one place only'),
  problem: text('{who}: {how}.', '{who}: {how}.'),
  why: text(
    'Wird ein Dienst aufgebrochen, probieren Bots dasselbe Passwort, auch leicht abgewandelt, bei allen anderen.',
    'Once a service is broken into, bots try the same password, slightly changed too, with all the others.',
  ),
  looksAt: text(
    'ob zwei Einträge dasselbe Passwort haben oder fast dasselbe: gleich bis auf Großschreibung und Ziffern am Ende, oder höchstens zwei Zeichen verschieden; auch das Passwort des Tresors; Feldverweise zählen nicht',
    "whether two entries have the same password or nearly so: equal but for case and digits at the end, or at most two characters apart; the vault's own password too; field references do not count",
  ),
  references: ['NIST SP 800-63B-4 3.1.1.2', 'BSI ORP.4.A22', 'OWASP Credential Stuffing Prevention'],
  needs: ['passwords', 'vault'],

  evaluate({ passwords, vault }) {
    if (passwords.length === 0) return notApplicable(text('kein Passwort zu beurteilen', 'no password to judge'))
    const { own } = vault
    const parts = [
      ...(own !== null && own.sameAs.length > 0 ? [sameAs(listed(own.sameAs))] : []),
      ...(own !== null && own.nearlyAs.length > 0 ? [nearTo(listed(own.nearlyAs))] : []),
    ]
    const who = text('Der Tresor selbst', 'The vault itself')
    return judge([
      ...(parts.length > 0 ? [{ key: vault.path, values: { who, how: both(parts) } }] : []),
      ...problemsOf(passwords),
    ])
  },

  guide: 'reused-password',
})
