import type { SectionName } from './facts.js'
import { type Text, text } from './text.js'

/** What a section is called where a report says what was looked at. */
export const areas: Readonly<Record<SectionName, Text>> = {
  system: text('System', 'system'),
  sshd: text('SSH', 'SSH'),
  effective: text('SSH', 'SSH'),
  accounts: text('Systemkonten', 'system accounts'),
  loginKeys: text('Schlüssel der Konten', "accounts' keys"),
  privateKeys: text('private Schlüssel', 'private keys'),
  sudo: text('sudo', 'sudo'),
  listeners: text('Ports', 'ports'),
  firewall: text('Firewall', 'firewall'),
  updates: text('Updates', 'updates'),
  reboot: text('Neustart', 'restart'),
  guessGuard: text('Schutz vor Rateversuchen', 'guard against guessing'),
  clock: text('Uhr', 'clock'),
  loginText: text('Anmeldetext', 'login text'),
  secretFiles: text('Dateirechte', 'file modes'),
  nextBoot: text('Systemstart', 'boot'),
  pam: text('PAM', 'PAM'),
  passwordPolicy: text('Regeln für neue Passwörter', 'rules for new passwords'),
  secondFactor: text('zweiter Faktor', 'second factor'),
  journal: text('Journal', 'journal'),
  wire: text('SSH von außen', 'SSH from outside'),
  operator: text('deine Schlüssel', 'your keys'),
  passwords: text('Passwörter', 'passwords'),
  vault: text('Tresor', 'vault'),
}
