import type { Facts, VaultFacts } from '../model/facts.js'
import { defaultNames } from '../model/logins.js'
import { type Text, text } from '../model/text.js'
import { count } from './words.js'

const shown = 30
/** seconds: an age at which a password is likely to be older than the rules it was chosen by */
const old = 10 * 365.25 * 86_400

const both = (parts: readonly Text[], join: string): Text =>
  text(parts.map(part => part.de).join(join), parts.map(part => part.en).join(join))

const some = (number: number, de: readonly [string, string], en: readonly [string, string]): Text[] =>
  number === 0 ? [] : [text(count(number, ...de), count(number, ...en))]

const list = (keys: readonly string[]): string =>
  `${keys.slice(0, shown).join(', ')}${keys.length > shown ? `, +${keys.length - shown}` : ''}`

const judged = ({ judged, leftOut }: VaultFacts): Text => {
  const { bin, templates, empty, expired, excluded, broken } = leftOut
  const left = [
    ...some(bin, ['im Papierkorb', 'im Papierkorb'], ['in the recycle bin', 'in the recycle bin']),
    ...some(templates, ['Vorlage', 'Vorlagen'], ['template', 'templates']),
    ...some(empty, ['ohne Passwort', 'ohne Passwort'], ['without a password', 'without a password']),
    ...some(expired.length, ['abgelaufen', 'abgelaufen'], ['expired', 'expired']),
  ]
  const partly = [
    ...some(
      excluded,
      ['auf deinen Wunsch nicht auf Stärke', 'auf deinen Wunsch nicht auf Stärke'],
      ['not for strength, as you wished', 'not for strength, as you wished'],
    ),
    ...some(
      broken,
      ['gar nicht: der Verweis führt ins Leere', 'gar nicht: die Verweise führen ins Leere'],
      ['not at all: the reference leads nowhere', 'not at all: the references lead nowhere'],
    ),
  ]
  const whole = text(
    `Beurteilt: ${count(judged, 'Eintrag', 'Einträge')}${partly.length > 0 ? ', davon ' : ''}${both(partly, ', ').de}.`,
    `Judged: ${count(judged, 'entry', 'entries')}${partly.length > 0 ? ', of these ' : ''}${both(partly, ', ').en}.`,
  )
  return left.length === 0
    ? whole
    : text(`${whole.de} Nicht: ${both(left, ', ').de}.`, `${whole.en} Not: ${both(left, ', ').en}.`)
}

/** What a vault's report says without blaming anybody: pure, and empty where no vault was looked at. */
export const vaultNotes = ({ sections, takenAt }: Facts): Text[] => {
  if (!sections.vault.seen || !sections.passwords.seen) return []
  const vault = sections.vault.value
  const passwords = sections.passwords.value
  const { expired } = vault.leftOut
  const factors = passwords.filter(({ secondFactor }) => secondFactor).length
  const usual = passwords.filter(({ user }) => user === 'root' || defaultNames.includes(user.toLowerCase()))
  const ancient = passwords.filter(({ changed }) => changed !== null && Date.parse(takenAt) / 1000 - changed > old)
  const { state, digest, count: sites } = vault.sites
  const keys = (entries: typeof passwords) => list(entries.map(({ key }) => key))
  return [
    judged(vault),
    ...(expired.length > 0
      ? [text(`Abgelaufen, nicht beurteilt: ${list(expired)}.`, `Expired, not judged: ${list(expired)}.`)]
      : []),
    ...(vault.keyFile
      ? []
      : [
          text(
            'Der Tresor öffnet sich allein mit dem Passwort; eine Schlüsseldatei gehört nicht dazu.',
            'The vault opens with the password alone; no key file belongs to it.',
          ),
        ]),
    ...(factors > 0
      ? [
          text(
            `${count(factors, 'Eintrag hat', 'Einträge haben')} Passwort und zweiten Faktor im selben Tresor: Wer ihn öffnet, hat beide.`,
            `${count(factors, 'entry has', 'entries have')} password and second factor in the same vault: whoever opens it has both.`,
          ),
        ]
      : []),
    ...(usual.length > 0
      ? [text(`Mit Standard-Benutzernamen: ${keys(usual)}.`, `With a default user name: ${keys(usual)}.`)]
      : []),
    ...(ancient.length > 0
      ? [
          text(
            `Seit über zehn Jahren unverändert: ${keys(ancient)}.`,
            `Unchanged for more than ten years: ${keys(ancient)}.`,
          ),
        ]
      : []),
    ...(state === 'known'
      ? [
          text(
            `Was Anbieter anbieten: 2fa.directory, ${sites} Domains, SHA-256 ${digest}.`,
            `What providers offer: 2fa.directory, ${sites} domains, SHA-256 ${digest}.`,
          ),
        ]
      : []),
  ]
}
