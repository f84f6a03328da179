import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'cloud-init-running',
  needs: ['system'],
  consider: ({ facts: { system } }) =>
    system.cloudInit === 'running'
      ? {
          refuse: text('cloud-init richtet den Server noch ein', 'cloud-init is still setting the server up'),
          hint: text('Einige Minuten warten: cloud-init status --wait', 'Wait some minutes: cloud-init status --wait'),
        }
      : null,
})
