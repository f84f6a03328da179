import type { LoginTextFacts } from '../../model/facts.js'
import { files, look, rows, whole } from '../look.js'

/** The files that a Banner line names, anywhere in the configuration; which are in effect the rule sees in `effective`. */
export default look({
  section: 'loginText',
  limit: 8,
  sh: String.raw`
need_root
find_sshd || exit 78
config banner; [ -n "$CONFIGURED" ] || exit 0
printf '%s\n' "$CONFIGURED" | sort -u | head -n 20 | while read -r b; do
  case $b in /*) if [ -e "$b" ]; then emit_file "$b" | head -c 4096; echo; else printf 'M\t%s\n' "$b"; fi ;; esac
done
true
`,
  parse(raw): LoginTextFacts {
    const missing = rows(raw.text, 'M').map(([path]) => path!)
    const banners = files(raw.text).map(({ head, lines }) => {
      const content = lines.join('\n')
      // its last line need not have an end
      const cut = Buffer.byteLength(content) < whole(head[6]) - 1
      return { path: head[0]!, content, ...(cut && { cut }) }
    })
    return { banners, ...(missing.length > 0 && { missing }) }
  },
})
