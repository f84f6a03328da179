import type { Change, Choices, FileChange } from './change.js'
import { isDropIn } from './drop-in.js'
import type { ConfigFile, SeenSections, SshdFacts } from './facts.js'
import { glance } from './logins.js'
import { activeSocket, addressOf, followsPort, socketDropIn, socketFile } from './socket.js'
import { type Text, text } from './text.js'

/** Every line that gives sshd a port, in any spelling it reads. They add up, over all files (traps T2). */
export const portLines = (files: readonly ConfigFile[]): { path: string; line: string; at: number; port: number }[] =>
  files.flatMap(file =>
    file.lines.flatMap((line, at) => {
      const found = /^\s*"?port"?[\s=]+"?(\d+)/i.exec(line)
      return found ? [{ path: file.path, line, at: at + 1, port: Number(found[1]) }] : []
    }),
  )

/**
 * What ssh.socket opens at the next boot; `unseen` where its files are other ones than systemd has read, or where it is
 * left out at boot though it holds the ports now. Null where no socket has a part in it.
 */
export const opensAtBoot = (sshd: SshdFacts): { address: string; port: number }[] | 'unseen' | null => {
  const unit = sshd.units.find(u => u.name === 'ssh.socket')
  if (!unit) return null
  const { socket } = sshd
  if (!/^(enabled|static|generated)/.test(unit.enabled)) return unit.active === 'active' ? 'unseen' : null
  if (unit.needReload || !socket) return 'unseen'
  const listen = socket.listen
    .flatMap(one => addressOf(one) ?? [])
    .map(({ address, port }) => ({ address: address.replace(/^\[|\]$/g, ''), port }))
  if (!followsPort(socket)) return listen
  // what the generator will make of it then, not what it made last
  const named = /^\s*"?listenaddress"?[\s=]+"?(\[[^\]]*\]|[^\s:]+):\d/i
  if (sshd.files.some(file => file.lines.some(line => named.test(line)))) return 'unseen'
  const ports = portLines(sshd.files).map(line => line.port)
  return listen.flatMap(({ address }) => (ports.length === 0 ? [22] : ports).map(port => ({ address, port })))
}

/** Why a rule that found nothing cannot say that nothing will be there. */
export const bootUnseen = text(
  'was ssh.socket nach dem nächsten Start öffnet, ließ sich nicht sehen',
  'what ssh.socket opens at the next boot could not be seen',
)

/** The jail's ports, in a file of their own, so that undo takes back nothing else. */
export const jailPort = (ports: readonly number[], stage: FileChange['stage']): FileChange => ({
  kind: 'file',
  stage,
  path: '/etc/fail2ban/jail.d/zz-riegel-port.local',
  content: `[sshd]\nport = ${ports.join(',')}\n`,
  mode: 0o644,
  effect: 'fail2ban',
})

/** Lets a port in through whatever filters now; nothing where nothing filters or it cannot be told (the proof decides). */
const door = (facts: object, port: number): Change[] => {
  const firewall = glance(facts, 'firewall')
  if (!firewall || firewall.ufw === 'unknown') return []
  const change = { kind: 'firewall', stage: 'open', port } as const
  if (firewall.ufw === 'active') return [{ ...change, manager: 'ufw' }]
  if (firewall.firewalld === 'active')
    return [{ ...change, manager: 'firewalld', ...(firewall.zone !== '' && { zone: firewall.zone }) }]
  const chains = firewall.chains
    .filter(chain => chain.refuses && !isBanList(chain.table))
    .map(({ family, table, chain }) => ({ family, table, chain }))
  if (chains.length === 0) return []
  // the live rule, and the same in the file that the next boot loads (doubt firewall-source refuses any other source)
  const rules = chains.map(
    ({ family, table, chain }) =>
      // the comment by which undo finds the rule, also after a boot that loaded it from here
      `insert rule ${family} ${table} ${chain} tcp dport ${port} accept comment "riegel-@ID@"\n`,
  )
  return [
    { ...change, manager: 'nftables', chains },
    {
      kind: 'file',
      stage: 'open',
      path: '/etc/nftables.conf',
      content: `${firewall.nftConf.trimEnd()}\n\n${rules.join('')}`,
      mode: 0o755,
      check: 'nft',
    },
  ]
}

/** Tables that hold bans only: they guard no port, and an accept in them would spare whom they banned. */
export const isBanList = (table: string): boolean => /^(f2b|crowdsec|sshguard)/.test(table)

/** Where a socket holds the ports it is told so, too: sshd's own Port counts only for a daemon that opens them itself. */
const socketPort = (sshd: SshdFacts, ports: readonly number[], stage: FileChange['stage']): FileChange[] => {
  const held = activeSocket(sshd)
  if (held === null || followsPort(held.socket)) return []
  const content = socketFile(held.socket, ports)
  return [{ kind: 'file', stage, path: socketDropIn, content, mode: 0o644, effect: 'ssh-socket' }]
}

/** SSH to the port that was chosen: both ports until the new one is proven, then only that one. */
export const movePort = (facts: SeenSections<'sshd'>, choices: Choices): readonly Change[] | { refuse: Text } => {
  const { newPort, ports } = choices
  if (newPort === 'keep')
    return { refuse: text('der Port bleibt, wie von dir gewählt', 'the port stays, as you wanted it') }
  const lines = portLines(facts.sshd.files).filter(({ path }) => !isDropIn(path))
  // a port that a line elsewhere gives already must not be given twice: the second bind would fail
  const both = [...new Set([...ports.before, newPort])].filter(port => !lines.some(line => line.port === port))
  const fail2ban = glance(facts, 'guessGuard')?.fail2ban
  const jailed = fail2ban?.active === true && fail2ban.jail !== null
  return [
    ...door(facts, newPort),
    ...(both.length > 0
      ? [{ kind: 'setting', stage: 'open', keyword: 'Port', values: both.map(String) } as const]
      : []),
    { kind: 'setting', stage: 'close', keyword: 'Port', values: [String(newPort)] },
    ...lines.map(({ path, line }): Change => ({ kind: 'line', stage: 'close', path, line })),
    ...socketPort(facts.sshd, [...new Set([...ports.before, newPort])], 'open'),
    ...socketPort(facts.sshd, [newPort], 'close'),
    ...(jailed ? [jailPort([...new Set([...ports.before, newPort])], 'open'), jailPort([newPort], 'close')] : []),
  ]
}
