import type { GuessGuardFacts } from './facts.js'
import { type Text, text } from './text.js'

/** CrowdSec itself only sees: what shuts somebody out is a bouncer. */
export const crowdsecBans = ({ crowdsec, bouncer }: GuessGuardFacts): boolean => crowdsec && bouncer === true

/** Why CrowdSec alone is neither a guard nor none: its bouncer may run in a container or on another machine. */
export const bouncerUnseen = ({ crowdsec }: GuessGuardFacts): Text | null =>
  crowdsec
    ? text(
        'CrowdSec läuft, aber kein crowdsec-firewall-bouncer: wer hier sperrt, ist nicht zu sehen',
        'CrowdSec runs, but no crowdsec-firewall-bouncer: who bans here cannot be seen',
      )
    : null
