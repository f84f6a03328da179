/**
 * Shell function `stack FILE DEPTH`: the lines of one phase of PAM, includes followed (pam.d(5)), each as `P CONTROL MODULE
 * ARGUMENTS`. No program: a shell reads such a file as fast as it starts one.
 */
export const pamStack = (phase: 'account' | 'password'): string => String.raw`stack() {
  [ -e "$1" ] && [ "$2" -lt 6 ] || return 0
  [ -r "$1" ] || exit 77
  while read -r type control rest || [ -n "$type" ]; do
    case $type in
      @include) stack "/etc/pam.d/$control" $(($2 + 1)) ;;
      ${phase}|-${phase})
        case $control in
          include|substack) stack "/etc/pam.d/${'$'}{rest%%[ 	]*}" $(($2 + 1)) ;;
          *) printf 'P\t%s %s\n' "$control" "$rest" ;;
        esac ;;
    esac
  done <"$1"
}
`

/** What it printed: one line each, without remarks and with single blanks. */
export const stackLines = (rows: readonly (readonly string[])[]): string[] =>
  rows.map(fields => fields.join(' ').replace(/#.*/, '').replace(/\s+/g, ' ').trim())
