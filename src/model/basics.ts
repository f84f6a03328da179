import { type Text, text } from './text.js'

/** The ten basics in the order of the mission (interface.md). */
export const basics = {
  ports: text('Standard-Ports geändert, wo es geht', 'default ports changed where they can be'),
  root: text('niemand meldet sich als root an', 'nobody logs in as root'),
  keys: text('Schlüssel statt Passwörter', 'keys instead of passwords'),
  names: text('keine Standard-Benutzernamen', 'no default user names'),
  disclosure: text('so wenig preisgeben wie möglich', 'as little disclosed as possible'),
  'second-factor': text('zweiter Faktor', 'second factor'),
  passwords: text('lange, einmalige, nicht geleakte Passwörter', 'long, unique passwords that are in no leak'),
  mail: text('keine Spamschleuder', 'not a source of spam'),
  exposure: text('nur erreichbar, was erreichbar sein muss', 'only what must be reachable is reachable'),
  upkeep: text('aktuell und bewacht', 'up to date and guarded'),
} as const satisfies Record<string, Text>

export type Basic = keyof typeof basics
export const basicIds = Object.keys(basics) as Basic[]
