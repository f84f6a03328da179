import type { Rule } from '../model/rule.js'
import loginText from './disclosure/login-text.js'
import sshBanner from './disclosure/ssh-banner.js'
import firewallOff from './exposure/firewall-off.js'
import emptyPasswordLogin from './keys/empty-password-login.js'
import hostbasedLogin from './keys/hostbased-login.js'
import keyboardInteractivePassword from './keys/keyboard-interactive-password.js'
import knownCompromisedKey from './keys/known-compromised-key.js'
import looseFileModes from './keys/loose-file-modes.js'
import openToAllAccounts from './keys/open-to-all-accounts.js'
import passwordLogin from './keys/password-login.js'
import patientLogin from './keys/patient-login.js'
import unprotectedPrivateKey from './keys/unprotected-private-key.js'
import weakAlgorithms from './keys/weak-algorithms.js'
import weakAuthorizedKey from './keys/weak-authorized-key.js'
import weakPrivateKey from './keys/weak-private-key.js'
import defaultLoginAccount from './names/default-login-account.js'
import emptyPassword from './passwords/empty.js'
import laxPolicy from './passwords/lax-policy.js'
import leaked from './passwords/leaked.js'
import readableSecret from './passwords/readable-secret.js'
import reused from './passwords/reused.js'
import weak from './passwords/weak.js'
import weakHash from './passwords/weak-hash.js'
import weakVault from './passwords/weak-vault.js'
import withoutSecondFactor from './passwords/without-second-factor.js'
import sshDefaultPort from './ports/ssh-default-port.js'
import sshUnprivilegedPort from './ports/ssh-unprivileged-port.js'
import dockerGroupMember from './root/docker-group-member.js'
import extraUidZero from './root/extra-uid-zero.js'
import keysLeftBehind from './root/keys-left-behind.js'
import noOrdinaryAdmin from './root/no-ordinary-admin.js'
import passwordlessSudo from './root/passwordless-sudo.js'
import sshLogin from './root/ssh-login.js'
import secondFactorBypassed from './second-factor/bypassed.js'
import secondFactorClockDrift from './second-factor/clock-drift.js'
import secondFactorSsh from './second-factor/ssh.js'
import clockUnsynchronised from './upkeep/clock-unsynchronised.js'
import guardAsleep from './upkeep/guard-asleep.js'
import noAutomaticUpdates from './upkeep/no-automatic-updates.js'
import noGuessGuard from './upkeep/no-guess-guard.js'
import pendingSecurityUpdates from './upkeep/pending-security-updates.js'
import rebootPending from './upkeep/reboot-pending.js'
import unsupportedRelease from './upkeep/unsupported-release.js'

/** Every rule, in the order of the basics and of their table. */
export const rules: readonly Rule[] = [
  sshDefaultPort,
  sshUnprivilegedPort,
  sshLogin,
  noOrdinaryAdmin,
  extraUidZero,
  passwordlessSudo,
  dockerGroupMember,
  keysLeftBehind,
  passwordLogin,
  keyboardInteractivePassword,
  emptyPasswordLogin,
  hostbasedLogin,
  weakAuthorizedKey,
  knownCompromisedKey,
  looseFileModes,
  weakAlgorithms,
  openToAllAccounts,
  patientLogin,
  weakPrivateKey,
  unprotectedPrivateKey,
  defaultLoginAccount,
  sshBanner,
  loginText,
  secondFactorSsh,
  secondFactorBypassed,
  secondFactorClockDrift,
  emptyPassword,
  weakHash,
  readableSecret,
  laxPolicy,
  weak,
  leaked,
  reused,
  weakVault,
  withoutSecondFactor,
  firewallOff,
  unsupportedRelease,
  pendingSecurityUpdates,
  noAutomaticUpdates,
  rebootPending,
  noGuessGuard,
  guardAsleep,
  clockUnsynchronised,
]
