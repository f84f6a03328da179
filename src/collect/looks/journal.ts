import type { JournalFacts } from '../../model/facts.js'
import { look, must, pairs, rows, whole } from '../look.js'

/** Who logged in during the last 30 days and by which way: needed to say who a bolted door would leave outside. */
export default look({
  section: 'journal',
  limit: 20,
  slow: true,
  only: 'harden',
  sh: String.raw`
need_root
need journalctl
kv since "$(timeout 10 journalctl -q -o short-unix -n 1 --no-pager --reverse --since '-30 days' >/dev/null 2>&1; timeout 10 journalctl -q -o short-unix --no-pager --since '-30 days' 2>/dev/null | head -n 1 | cut -d. -f1)"
timeout 15 journalctl -q -o cat --no-pager -t sshd -t sshd-session --since '-30 days' 2>/dev/null |
  awk '$1 == "Accepted" && $3 == "for" { n[$4 "\t" $2 "\t" $6]++ } END { for (k in n) printf "L\t%s\t%d\n", k, n[k] }' | head -n 500
true
`,
  parse(raw): JournalFacts {
    const since = must(pairs(raw.text), 'since')
    return {
      since: since === '' ? 0 : whole(since),
      logins: rows(raw.text, 'L').map(([account, method, address, count]) => ({
        account: account!,
        method: method!,
        address: address!,
        count: whole(count),
      })),
    }
  },
})
