import type { SudoFacts, SudoRule } from '../../model/facts.js'
import { opensShell } from '../../model/sudo.js'
import { look, must, pairs } from '../look.js'

/**
 * `    (ALL : ALL) NOPASSWD: ALL` of `sudo -l -U`, also wrapped lines of Defaults. What is bound to a target or a command
 * (`Defaults>root !authenticate`) stays whole; sudo writes several such in one line.
 */
export const parseSudoList = (text: string): { rules: SudoRule[]; defaults: string[] } => {
  const rules: SudoRule[] = []
  const defaults: string[] = []
  let part: 'none' | 'defaults' | 'rules' = 'none'
  for (const line of text.replace(/\n {8,}(?=\S)/g, ' ').split('\n')) {
    if (/^Matching Defaults entries/.test(line)) part = 'defaults'
    else if (/may run the following commands/.test(line)) part = 'rules'
    else if (/^\s+\S/.test(line) && part === 'defaults')
      defaults.push(
        ...line
          .trim()
          .split(/\s+(?=Defaults[>!])/)
          .flatMap(part => (part.startsWith('Defaults') ? [part] : part.split(/,\s*/)))
          .filter(word => word !== ''),
      )
    else if (part === 'rules') {
      // options (`CWD=/srv`) stand before the tags
      const found = /^\s+\(([^)]*)\)\s*((?:[A-Z_]+=\S+\s+)*)((?:[A-Z_]+:\s*)*)(.*)$/.exec(line)
      if (found)
        rules.push({
          runAs: found[1]!.trim(),
          tags: [...found[2]!.split(/\s+/), ...found[3]!.split(':')].map(tag => tag.trim()).filter(tag => tag !== ''),
          commands: found[4]!.trim(),
        })
    }
  }
  return { rules, defaults }
}

/** Words of a line of doas.conf(5), without quotes, comments and the variables in braces. */
const doasWords = (line: string): string[] => {
  const words: string[] = []
  for (const [word] of line.matchAll(/#.*|\{[^}]*\}|(?:"(?:\\.|[^"\\])*"|\\.|[^\s"#{\\])+/g)) {
    if (word.startsWith('#')) break
    if (!word.startsWith('{')) words.push(word.replace(/\\(.)|"/g, '$1'))
  }
  return words
}

/**
 * Whom the rules of doas.conf(5) let become root without a password, in their order: `permit nopass anna as root`. One
 * that asks, or denies, takes it back: `!anna`. Who may only become somebody else, or run one command that is no shell,
 * is not among them.
 */
export const doasRules = (text: string): string[] =>
  text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .flatMap(line => {
      const words = doasWords(line)
      const from = (word: string) => words.findIndex((one, at) => at > 0 && one === word)
      const [as, cmd, args] = [from('as'), from('cmd'), from('args')]
      const about = words.slice(
        0,
        [as, cmd, words.length].find(at => at >= 0),
      )
      const whom = about.at(-1)
      if (!['permit', 'deny'].includes(about[0] ?? '') || about.length < 2) return []
      if (as >= 0 && !['root', '0'].includes(words[as + 1] ?? '')) return []
      const free = about[0] === 'permit' && about.slice(1, -1).includes('nopass')
      if (cmd < 0) return [free ? whom! : `!${whom}`]
      const given = args < 0 ? [] : words.slice(args + 1)
      const command = [words[cmd + 1], ...(args >= 0 && given.length === 0 ? ['""'] : given)].join(' ')
      return free && opensShell(command) ? [whom!] : []
    })

/**
 * sudo's own answer, account by account. Asked for every account with a password or a key that is not a plain system
 * account; all at once, since on a host whose name does not resolve each takes 20 s (traps T54).
 */
export default look({
  section: 'sudo',
  limit: 45,
  sh: String.raw`
need_root
if ! have sudo; then kv installed no; else
kv installed yes
keyed=
with_key() { [ -e "$home/.ssh/authorized_keys" ] || [ -e "$home/.ssh/authorized_keys2" ] && keyed=$keyed$name$nl; }
each_account with_key
asks=$({ shadow; echo; passwd; printf %s "$keyed"; } | awk -F: '
  $0 == "" { own = 1; next }
  (own ? NF == 1 || $3 >= 1000 && $3 < 60000 : $2 !~ /^[*!]*$/ || $2 == "") && $1 != "root" && !seen[$1]++ { print $1 }')
# of an account that was not asked nothing must be believed
set -- $asks; [ $# -le 60 ] || exit 75
# beside each other: what each writes at once stays in one piece up to 4096 letters (pipe(7))
answer() {
  out=$(sudo -l -U "$1" </dev/null 2>&1 | sed "s/^/$2/")
  [ $# -le 2 ] || [ ${'$'}{#out} -le 4000 ] || out="L	$1	too long"
  printf '%s\n' "${'$'}{out:-L	$1	}"
}
several=; [ $# -gt 1 ] || [ "$RIEGEL_OCCASION" != audit ] && several=yes
all=$(
  for u; do answer "$u" "L	$u	" $several & done
  # what holds for everybody, also for an account that is still to be made
  if [ "$RIEGEL_OCCASION" != audit ]; then answer root 'D	' $several & fi
  wait
)
printf '%s\n' "$all"
# those once more, one after the other
case $all in *'	too long'*)
  for u; do case $all in *"L	$u	too long"*) answer "$u" "L	$u	" ;; esac; done
  case $all in *'L	root	too long'*) answer root 'L	root	'; answer root 'D	' ;; esac ;;
esac
fi
[ -f /etc/doas.conf ] && sed -n 's/^/O	/p' /etc/doas.conf
set --
for f in /etc/sudoers /etc/pam.d/su; do [ -f $f ] && set -- "$@" $f; done
[ $# -eq 0 ] || awk '
  FILENAME == "/etc/sudoers" && /^[@#]includedir[ \t]+\/etc\/sudoers.d/ { print "drop-ins=yes" }
  FILENAME != "/etc/sudoers" && /^[ \t]*auth[ \t].*pam_wheel/ { print "W\t" $0 }' "$@"
true
`,
  parse(raw): SudoFacts {
    const map = pairs(raw.text)
    const per = new Map<string, string[]>()
    const doas: string[] = []
    const general: string[] = []
    let trust: string | null = null
    for (const line of raw.text.split('\n')) {
      const [tag, first, ...rest] = line.split('\t')
      const said = [first, ...rest].join('\t')
      if (tag === 'D') general.push(said)
      if (tag === 'L') per.set(first!, [...(per.get(first!) ?? []), rest.join('\t')])
      if (tag === 'O') doas.push(said)
      if (tag === 'W' && /\btrust\b/.test(said)) trust = /group=(\S+)/.exec(said)?.[1] ?? ''
    }
    const installed = must(map, 'installed') === 'yes'
    for (const [account, lines] of per)
      if (!lines.some(line => /may run the following|is not allowed to run sudo/.test(line)))
        throw new Error(`sudo gave no answer about ${account}`)
    return {
      installed,
      accounts: Object.fromEntries([...per].map(([account, lines]) => [account, parseSudoList(lines.join('\n'))])),
      defaults: parseSudoList(general.join('\n')).defaults,
      readsDropIns: map.get('drop-ins') === 'yes',
      doasNopass: doasRules(doas.join('\n')),
      suTrustGroup: trust,
    }
  },
})
