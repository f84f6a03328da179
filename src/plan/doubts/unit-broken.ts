import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'unit-broken',
  needs: ['sshd', 'nextBoot'],
  consider: ({ facts: { sshd, nextBoot } }) => {
    const reload = sshd.units.find(unit => unit.needReload)
    if (!reload && nextBoot.unitComplaint === '') return null
    const what = nextBoot.unitComplaint || `${reload?.name}: NeedDaemonReload`
    return {
      refuse: text(
        `Die Unit für ssh auf der Platte ist kaputt oder eine andere als die laufende: ${what}`,
        `The unit for ssh on the disk is broken or not the one that runs: ${what}`,
      ),
      hint: text(
        'systemd-analyze verify ssh.service zeigt es; erst das beheben',
        'systemd-analyze verify ssh.service shows it; mend this first',
      ),
    }
  },
})
