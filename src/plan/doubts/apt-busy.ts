import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'apt-busy',
  needs: ['system'],
  consider: ({ facts: { system }, items }) => {
    // what comes after confirmation may wait its turn; what staging rests on may not
    const first = items.find(item => item.kind === 'package' && item.stage === 'open')
    if (first?.kind !== 'package' || !system.aptBusy) return null
    return {
      refuse: text(
        `Ein anderes Programm installiert gerade Pakete; ${first.name} muss vorher noch dazu`,
        `Another program is installing packages just now; ${first.name} has to be added first`,
      ),
      hint: text('Einige Minuten warten, dann noch einmal', 'Wait some minutes, then again'),
    }
  },
})
