import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inputChains, refusesRest } from './firewall.js'

const table = (input: string, more: Readonly<Record<string, string>> = {}, family = 'inet') =>
  `table ${family} filter {\n${Object.entries({ input, ...more })
    .map(([name, lines]) => `\tchain ${name} {\n${lines.replace(/^ */gm, '\t\t')}\n\t}\n`)
    .join('\n')}}\n`
const accepts = 'type filter hook input priority filter; policy accept;'
const drops = accepts.replace('policy accept', 'policy drop')
const rest = (...words: Parameters<typeof table>) => inputChains(table(...words)).map(chain => chain.rest)
const refuses = (...words: Parameters<typeof table>) => inputChains(table(...words)).map(chain => chain.refuses)

describe('what becomes of a packet that no rule names', () => {
  test('refused: by policy, by the last line, or by the last line of what is jumped to', () => {
    assert.deepEqual(rest(`${drops}\ntcp dport 22 accept`), ['refused'])
    assert.deepEqual(rest(`${accepts}\ntcp dport 22 accept\ncounter packets 3 bytes 5 drop`), ['refused'])
    assert.deepEqual(rest(`${accepts}\nlog prefix "no drop " level info reject with icmpx admin-prohibited`), [
      'refused',
    ])
    assert.deepEqual(rest(`${accepts}\niifname "lo" accept\niifname != "lo" drop`), ['refused'])
    const zones = { zones: 'iifname "docker0" goto docker\ngoto public', docker: 'accept', public: 'reject' }
    assert.deepEqual(rest(`${accepts}\njump zones`, zones), ['refused'])
  })

  test('let through: bans, what is broken, and ports that are named do not count', () => {
    const few = ['ct state invalid drop', 'ip saddr 198.51.100.9 drop', 'tcp dport 3306 drop', 'icmp type 8 drop']
    for (const line of few) assert.deepEqual(rest(`${accepts}\n${line}`), ['let-through'], line)
    // a firewall of nothing but a policy that a line before it spares
    assert.deepEqual(rest(`${drops}\naccept`), ['let-through'])
    assert.deepEqual(rest(`${accepts}\njump zones\nreject`, { zones: 'goto trusted', trusted: 'accept' }), [
      'let-through',
    ])
    // as ufw does it where it lets in by default: what is not for this host
    const local = { guard: 'fib daddr type local counter return\ncounter drop' }
    assert.deepEqual(rest(`${accepts}\ncounter jump guard`, local), ['let-through'])
  })

  test('chains that only ban are not followed, and are no door to open', () => {
    for (const name of ['f2b-sshd', 'ts-input', 'KUBE-FIREWALL', 'CROWDSEC_CHAIN']) {
      const input = `${accepts}\nmeta l4proto tcp tcp dport 22 counter jump ${name}`
      assert.deepEqual(rest(input, { [name]: 'ip saddr != 10.0.0.0/8 counter drop' }), ['let-through'], name)
      assert.deepEqual(refuses(input, { [name]: 'ip saddr 198.51.100.9 counter reject' }), [false], name)
    }
  })

  test('unclear: a drop behind a condition that may be any', () => {
    assert.deepEqual(rest(`${accepts}\niifname "eth0" drop`), ['unclear'])
    assert.deepEqual(rest(`${accepts}\niifname "eth0" jump wan`, { wan: 'tcp dport 22 accept\ndrop' }), ['unclear'])
    assert.deepEqual(refuses(`${accepts}\niifname "eth0" drop`), [true])
  })

  test('a chain that leads back to itself ends', () => {
    assert.deepEqual(rest(`${accepts}\njump one`, { one: 'jump two', two: 'jump one' }), ['let-through'])
  })
})

test('iptables-save: policy, last line, and a lone rule that accepts', () => {
  const saved = (policy: string, ...rules: string[]) =>
    `# Generated\n*nat\n:INPUT DROP [0:0]\nCOMMIT\n*filter\n:INPUT ${policy} [0:0]\n:mine - [0:0]\n${rules.join('\n')}\nCOMMIT\n`
  assert.equal(refusesRest(saved('DROP', '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT')), true)
  assert.equal(refusesRest(saved('ACCEPT', '-A INPUT -j mine', '-A mine -j REJECT --reject-with icmp-port')), true)
  assert.equal(refusesRest(saved('ACCEPT', '-A INPUT -m comment --comment "the rest" -j DROP')), true)
  assert.equal(refusesRest(saved('ACCEPT', '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT')), false)
  assert.equal(refusesRest(saved('ACCEPT', '-A INPUT -s 198.51.100.9/32 -j DROP', '-A INPUT -j LOG')), false)
  assert.equal(refusesRest(''), false)
})
