import type { Rule } from '../model/rule.js'
import passwordLogin from './keys/password-login.js'
import sshLogin from './root/ssh-login.js'

/** Every rule, in the order of the basics. */
export const rules: readonly Rule[] = [sshLogin, passwordLogin]
