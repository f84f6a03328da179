import type { PasswordFacts, VaultFacts } from '../../model/facts.js'
import { isPrivate } from '../../model/hosts.js'
import { judgeUnless, notApplicable, type Problem, pass, rule, unknown } from '../../model/rule.js'
import { type Text, text } from '../../model/text.js'

/** The words of 2fa.directory, as a person says them; others are shown as they are. */
const names: Readonly<Record<string, Text>> = {
  totp: text('Code aus der App', 'code from an app'),
  u2f: text('Sicherheitsschlüssel', 'security key'),
  sms: text('SMS', 'text message'),
  call: text('Anruf', 'call'),
  email: text('E-Mail', 'e-mail'),
  'custom-software': text('eigene App', 'an app of their own'),
  'custom-hardware': text('eigenes Gerät', 'a device of their own'),
}

const rank = Object.keys(names)

const methodNames = (methods: readonly string[]): Text => {
  const sorted = [...methods].sort((a, b) => (rank.indexOf(a) + 1 || 99) - (rank.indexOf(b) + 1 || 99))
  const say = (lang: 'de' | 'en') => sorted.map(word => names[word]?.[lang] ?? word).join(', ')
  return text(say('de'), say('en'))
}

const what = (offers: readonly string[]): Text => {
  if (offers.length === 0)
    return text(
      'der Anbieter kennt keinen zweiten Faktor; wechsle ihn, wenn du kannst',
      'the provider has no second factor at all; change the provider if you can',
    )
  const { de, en } = methodNames(offers)
  return text(
    `der Anbieter hat einen zweiten Faktor (${de}), der Eintrag keinen`,
    `the provider has a second factor (${en}), the entry has none`,
  )
}

const reasons: Readonly<Record<Exclude<VaultFacts['sites']['state'], 'known'>, Text>> = {
  absent: text(
    'ohne die Liste von 2fa.directory (--directory FILE) nicht zu sagen',
    'cannot be told without the list of 2fa.directory (--directory FILE)',
  ),
  implausible: text(
    'die Liste der Anbieter ist nicht die von 2fa.directory, oder beschädigt',
    'the list of providers is not that of 2fa.directory, or damaged',
  ),
  changed: text(
    'die Liste der Anbieter ist eine andere als die gemerkte (--consent directory)',
    'the list of providers is not the one that was remembered (--consent directory)',
  ),
}

/** It has an address out there: no directory knows the router at home. */
const isPublic = ({ hosts }: PasswordFacts): boolean => hosts.some(host => !isPrivate(host))

export default rule({
  id: 'passwords/without-second-factor',
  severity: 'medium',
  title: text('Wo es einen zweiten Faktor gibt, ist er an', 'Where there is a second factor, it is on'),
  problem: text('„{key}“: {what}.', '"{key}": {what}.'),
  why: text(
    'Ohne zweiten Faktor genügt das Passwort, von irgendwo auf der Welt.',
    'Without a second factor the password is enough, from anywhere in the world.',
  ),
  looksAt: text(
    'ob der Eintrag das Geheimnis eines zweiten Faktors oder einen Passkey enthält, und ob der Anbieter laut 2fa.directory einen zweiten Faktor hat',
    'whether the entry holds the secret of a second factor or a passkey, and whether the provider has a second factor according to 2fa.directory',
  ),
  references: ['2fa.directory', 'BSI ORP.4.A21', 'NIST SP 800-63B-4 2.2'],
  needs: ['passwords', 'vault'],

  evaluate({ passwords, vault }) {
    const known = passwords.filter(isPublic)
    if (known.length === 0) return notApplicable(text('kein Eintrag mit Adresse', 'no entry with an address'))
    const open = known.filter(({ secondFactor }) => !secondFactor)
    if (open.length === 0) return pass
    const { state } = vault.sites
    if (state !== 'known') return unknown(reasons[state])
    const unlisted = open.filter(({ offers }) => offers === null).length
    return judgeUnless(
      // what can be switched on today stands in front
      [...open.filter(({ offers }) => offers?.length), ...open.filter(({ offers }) => offers?.length === 0)].map(
        ({ key, offers }): Problem => ({ key, values: { what: what(offers ?? []) } }),
      ),
      unlisted === 0
        ? null
        : text(
            `${unlisted} von ${open.length} Adressen ohne zweiten Faktor stehen nicht in 2fa.directory`,
            `${unlisted} of ${open.length} addresses without a second factor are not in 2fa.directory`,
          ),
    )
  },

  guide: 'without-second-factor',
})
