import type { LoginTextFacts } from '../../model/facts.js'
import { files, look } from '../look.js'

/** The files that a Banner line names, anywhere in the configuration; which are in effect the rule sees in `effective`. */
export default look({
  section: 'loginText',
  limit: 8,
  sh: String.raw`
need_root
find_sshd || exit 78
config banner; [ -n "$CONFIGURED" ] || exit 0
printf '%s\n' "$CONFIGURED" | sort -u | head -n 20 | while read -r b; do
  case $b in /*) emit_file "$b" | head -c 4096; echo ;; esac
done
true
`,
  parse(raw): LoginTextFacts {
    return { banners: files(raw.text).map(({ head, lines }) => ({ path: head[0]!, content: lines.join('\n') })) }
  },
})
