import { value, viewsFor } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

/** Modes are mended before the proof (keys/loose-file-modes); whose a home is nobody but a person can say. */
export default doubt({
  id: 'strict-modes',
  needs: ['loginKeys', 'effective'],
  consider: ({ facts: { loginKeys, effective }, choices }) => {
    const { name } = choices.account
    const views = viewsFor(effective, name)
    if ((views.length > 0 ? views : effective.views).every(view => value(view, 'strictmodes') === 'no')) return null
    const path = loginKeys.paths.find(one => one.account === name && one.owner !== name && one.owner !== 'root')
    if (!path) return null
    return {
      refuse: text(
        `${path.path} gehört ${path.owner}; sshd (StrictModes) nähme dort keinen Schlüssel von ${name}`,
        `${path.path} belongs to ${path.owner}; sshd (StrictModes) would take no key of ${name} there`,
      ),
      hint: text(
        `Gehört es ${name}? Dann: chown ${name}: ${path.path}`,
        `Is it ${name}'s? Then: chown ${name}: ${path.path}`,
      ),
    }
  },
})
