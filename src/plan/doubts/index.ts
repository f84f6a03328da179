import type { Doubt } from '../doubt.js'
import accountTaken from './account-taken.js'
import aptBusy from './apt-busy.js'
import cloudInitRunning from './cloud-init-running.js'
import configBroken from './config-broken.js'
import dropInByHand from './drop-in-by-hand.js'
import firewallSource from './firewall-source.js'
import includeMissing from './include-missing.js'
import keyBound from './key-bound.js'
import keyFileElsewhere from './key-file-elsewhere.js'
import listenAddress from './listen-address.js'
import listsShutOut from './lists-shut-out.js'
import managedElsewhere from './managed-elsewhere.js'
import methodsShutOut from './methods-shut-out.js'
import missingTools from './missing-tools.js'
import noCode from './no-code.js'
import noConsole from './no-console.js'
import noSpace from './no-space.js'
import noSshdUnit from './no-sshd-unit.js'
import noSystemd from './no-systemd.js'
import nologin from './nologin.js'
import notEnabled from './not-enabled.js'
import oneFactorLeft from './one-factor-left.js'
import othersCutOff from './others-cut-off.js'
import othersUnseen from './others-unseen.js'
import pamShutOut from './pam-shut-out.js'
import portTaken from './port-taken.js'
import readOnly from './read-only.js'
import secondListener from './second-listener.js'
import selinux from './selinux.js'
import sortsBefore from './sorts-before.js'
import sshSocket from './ssh-socket.js'
import startedWithOptions from './started-with-options.js'
import strictModes from './strict-modes.js'
import sudoOdd from './sudo-odd.js'
import unitBroken from './unit-broken.js'
import volatilePlaces from './volatile-places.js'

/** Every doubt; all are considered, so that a person sees all reasons at once. */
export const doubts: readonly Doubt[] = [
  accountTaken,
  aptBusy,
  cloudInitRunning,
  configBroken,
  dropInByHand,
  firewallSource,
  includeMissing,
  keyBound,
  keyFileElsewhere,
  listenAddress,
  listsShutOut,
  managedElsewhere,
  methodsShutOut,
  missingTools,
  noCode,
  noConsole,
  noSpace,
  noSshdUnit,
  noSystemd,
  nologin,
  notEnabled,
  oneFactorLeft,
  othersCutOff,
  othersUnseen,
  pamShutOut,
  portTaken,
  readOnly,
  secondListener,
  selinux,
  sortsBefore,
  sshSocket,
  startedWithOptions,
  strictModes,
  sudoOdd,
  unitBroken,
  volatilePlaces,
]
