import type { SystemFacts } from '../../model/facts.js'
import { type Text, text } from '../../model/text.js'
import { doubt } from '../doubt.js'

/** Asked before anything else: without systemd much of what a plan rests on is not seen either. */
export const withoutSystemd = (system: SystemFacts): { readonly refuse: Text; readonly hint: Text } | null =>
  system.init === 'systemd'
    ? null
    : {
        refuse: text(
          `Hier läuft ${system.init} statt systemd; die Wache würde einen Neustart nicht überstehen`,
          `${system.init} runs here instead of systemd; the guard could not survive a restart`,
        ),
        hint: text('Nur ansehen geht: riegel audit', 'Looking works: riegel audit'),
      }

export default doubt({
  id: 'no-systemd',
  needs: ['system'],
  consider: ({ facts: { system } }) => withoutSystemd(system),
})
