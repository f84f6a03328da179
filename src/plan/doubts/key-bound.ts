import { keyOf } from '../../model/fingerprint.js'
import { opensShell } from '../../model/logins.js'
import { text } from '../../model/text.js'
import { doubt } from '../doubt.js'

export default doubt({
  id: 'key-bound',
  needs: ['loginKeys'],
  consider: ({ facts: { loginKeys }, choices }) => {
    const { name } = choices.account
    const wanted = choices.keys.map(line => keyOf(line)?.fingerprint)
    const bound = loginKeys.keys.find(
      key => key.account === name && wanted.includes(key.fingerprint) && !opensShell(key),
    )
    if (!bound) return null
    return {
      refuse: text(
        `Dein Schlüssel steht bei ${name} schon, darf dort aber nur eines: ${bound.options}`,
        `Your key is with ${name} already, but may do one thing only there: ${bound.options}`,
      ),
      hint: text(
        `In ${bound.path}, Zeile ${bound.line}, die Optionen vor dem Schlüssel wegnehmen; oder --key mit einem anderen`,
        `Take the options in front of the key away in ${bound.path}, line ${bound.line}; or --key with another`,
      ),
    }
  },
})
