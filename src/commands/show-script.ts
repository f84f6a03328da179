import { text } from '../model/text.js'
import { sentToLook } from '../riegel/look.js'
import { bootstrap } from '../riegel/reach.js'
import { type Context, deliver, note } from './context.js'

/** `--show-script`: to standard output exactly what a server's shell would be sent; beside it, how that shell is called. */
export const showScript = (context: Context, occasion: 'audit' | 'harden'): number => {
  note(
    context,
    text(
      `ssh bekommt als Befehl: ${bootstrap}\nUnd auf seine Standardeingabe, mit einem Zufallswert für riegel-TOKEN:`,
      `ssh is given the command: ${bootstrap}\nAnd on its standard input, with a random word for riegel-TOKEN:`,
    ),
  )
  deliver(context, sentToLook(occasion))
  return 0
}
