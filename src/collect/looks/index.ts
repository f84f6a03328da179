import type { SectionName } from '../../model/facts.js'
import type { Look } from '../look.js'
import accounts from './accounts.js'
import clock from './clock.js'
import effective from './effective.js'
import firewall from './firewall.js'
import guessGuard from './guess-guard.js'
import journal from './journal.js'
import listeners from './listeners.js'
import loginKeys from './login-keys.js'
import loginText from './login-text.js'
import nextBoot from './next-boot.js'
import pam from './pam.js'
import passwordPolicy from './password-policy.js'
import privateKeys from './private-keys.js'
import reboot from './reboot.js'
import secondFactor from './second-factor.js'
import secretFiles from './secret-files.js'
import sshd from './sshd.js'
import sudo from './sudo.js'
import system from './system.js'
import updates from './updates.js'

/** Every look that travels to the target, in the order it is printed. */
export const looks: readonly Look<SectionName>[] = [
  system,
  sshd,
  effective,
  accounts,
  loginKeys,
  privateKeys,
  sudo,
  listeners,
  firewall,
  updates,
  reboot,
  guessGuard,
  clock,
  loginText,
  secretFiles,
  passwordPolicy,
  nextBoot,
  pam,
  secondFactor,
  journal,
] as unknown as readonly Look<SectionName>[]
