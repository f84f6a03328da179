import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'port-taken',
  needs: ['listeners'],
  consider: ({ facts: { listeners }, choices }) => {
    const port = choices.newPort
    if (port === 'keep' || choices.ports.before.includes(port)) return null
    const holder =
      listeners.tcp.find(l => l.port === port)?.process ??
      listeners.socketUnits.find(s => s.listen.endsWith(`:${port}`))?.unit
    if (holder === undefined) return null
    return {
      refuse: text(
        `Port ${port} ist schon belegt (${holder || 'anderes Programm'})`,
        `Port ${port} belongs to ${holder || 'another program'} already`,
      ),
      hint: text('Einen anderen wählen: --new-port N', 'Choose another: --new-port N'),
    }
  },
})
