import type { PamFacts } from '../../model/facts.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

/** The first module that chooses who may log in; pam_access only where it has a rule that denies (access.conf(5)). */
const chooser = ({ account, accessDenies }: PamFacts): string | undefined =>
  account
    .flatMap(line => (/\bpam_(access|listfile|succeed_if)\.so\b/.exec(line) ? [line] : []))
    .find(line => accessDenies || !/\bpam_access\.so(?!.*accessfile=)/.test(line))
    ?.match(/pam_\w+/)?.[0]

export default doubt({
  id: 'pam-shut-out',
  needs: ['pam'],
  consider: ({ facts: { pam }, choices: { account, operator } }) => {
    const name = chooser(pam)
    // whoever logs in just now is let in
    if (name === undefined || account.name === operator) return null
    return {
      refuse: text(
        `PAM lässt hier nicht jeden hinein (${name}); ob ${account.name} darf, ist nicht zu sehen`,
        `PAM does not let everybody in here (${name}); whether ${account.name} may cannot be seen`,
      ),
      hint: text(
        `In /etc/pam.d/sshd steht, wer darf; oder mit --user dein eigenes Konto nehmen, das schon hineinkommt`,
        `/etc/pam.d/sshd says who may; or take your own account, which gets in already, with --user`,
      ),
    }
  },
})
