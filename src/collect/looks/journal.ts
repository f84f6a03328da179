import type { JournalFacts } from '../../model/facts.js'
import { look, must, pairs, rows, whole } from '../look.js'

/** Who logged in during the last 30 days and by which way: needed to say who a bolted door would leave outside. */
export default look({
  section: 'journal',
  limit: 20,
  beside: true,
  only: 'harden',
  sh: String.raw`
need_root
need journalctl
kv since "$(timeout 10 journalctl -q -o short-unix --no-pager --since '-30 days' 2>/dev/null | head -n 1 | cut -d. -f1)"
# the last line tells how the journal's own program ended: cut off by time is not the whole truth
{ timeout 8 journalctl -q -o cat --no-pager -t sshd -t sshd-session --since '-30 days' 2>/dev/null; echo "ended $?"; } |
  awk '$1 == "Accepted" && $3 == "for" { k = $4 "\t" $2 "\t" $6; if (!n[k]++) count++ } $1 == "ended" { status = $2 }
    END { if (status == 124) exit 124; if (count > 500) exit 75; for (k in n) printf "L\t%s\t%d\n", k, n[k] }'
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
