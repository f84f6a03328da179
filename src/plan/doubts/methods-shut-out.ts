import { value, viewsFor } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'methods-shut-out',
  needs: ['effective'],
  consider: ({ facts: { effective }, choices, items }) => {
    // a plan that switches it on has the login proven with it
    const withPam = items.some(
      item => item.kind === 'file' && item.effect === 'sshd' && /^UsePAM yes$/m.test(item.stages.open ?? ''),
    )
    const views = viewsFor(effective, choices.account.name)
    const all = views.length > 0 ? views : effective.views
    const bad = all.find(
      view =>
        value(view, 'pubkeyauthentication') !== 'yes' ||
        (!withPam && value(view, 'usepam') !== 'yes') ||
        !['', 'none'].includes(value(view, 'forcecommand')) ||
        !['', 'none'].includes(value(view, 'chrootdirectory')),
    )
    const methods = all
      .flatMap(view => view.settings['authenticationmethods'] ?? [])
      // a code beside the key is what Riegel itself sets up: the proof brings one
      .find(
        list =>
          list !== 'any' &&
          !list.split(/\s+/).some(one => ['publickey', 'publickey,keyboard-interactive'].includes(one)),
      )
    if (!bad && methods === undefined) return null
    const odd = (keyword: string, fine: readonly string[]) =>
      bad && !fine.includes(value(bad, keyword.toLowerCase()))
        ? [`${keyword} ${value(bad, keyword.toLowerCase())}`]
        : []
    const [what] =
      methods !== undefined
        ? [`AuthenticationMethods ${methods}`]
        : [
            ...odd('PubkeyAuthentication', ['yes']),
            ...(withPam ? [] : odd('UsePAM', ['yes'])),
            ...odd('ForceCommand', ['', 'none']),
            ...odd('ChrootDirectory', ['', 'none']),
          ]
    return {
      refuse: text(
        `sshd verlangt von ${choices.account.name} etwas anderes als einen Schlüssel oder erzwingt etwas anderes als eine Shell (${what})`,
        `sshd asks more than a key of ${choices.account.name} here, or runs something else (${what})`,
      ),
      hint: text('Diese Einstellung erst zurücknehmen', 'Take that setting back first'),
    }
  },
})
