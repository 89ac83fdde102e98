// One bridge per lab, one network namespace and one veth pair per host. Nothing is routed: hosts see the lab and nothing else.
import { existsSync } from 'node:fs'
import { must, run } from '../machine/sh.ts'

export interface Subnet {
  readonly lab: string
  readonly number: number
}

/** 10.213.0.0/16 is private and not a common choice of anything else; a lab takes one /24 of it. */
export function gatewayOf(subnet: Subnet): string {
  return `10.213.${String(subnet.number)}.1`
}

export function addressOf(subnet: Subnet, host: string): string {
  return `10.213.${String(subnet.number)}.${10 + indexOf(host)}`
}

function indexOf(host: string): number {
  return Number(host.slice(1))
}

/**
 * Fixed: a host that comes back with another address is unreachable for seconds to those who remember the old one. So is
 * the bridge, which otherwise takes its address from whichever host is plugged in.
 */
function macOf(subnet: Subnet, index: number): string {
  const hex = (n: number): string => n.toString(16).padStart(2, '0')
  return `02:69:68:6c:${hex(subnet.number)}:${hex(index)}`
}

/** Interface names have at most 15 characters, so they carry the subnet's number and not the lab's name. */
function bridgeOf(subnet: Subnet): string {
  return `ihlab${String(subnet.number)}`
}

function vethOf(subnet: Subnet, host: string): string {
  return `ihl${String(subnet.number)}${host}`
}

export function namespaceOf(subnet: Subnet, host: string): string {
  return `ironherd-${subnet.lab}-${host}`
}

export function namespacePath(subnet: Subnet, host: string): string {
  return `/run/netns/${namespaceOf(subnet, host)}`
}

/** Takes a subnet that nobody has: creating its bridge either succeeds, which is the claim, or somebody else was first. */
export async function claimSubnet(lab: string): Promise<Subnet> {
  const taken = await must(['ip', '-4', '-o', 'addr'])
  for (let tried = 0, number = Math.floor(Math.random() * 250); tried < 250; tried += 1, number = (number + 1) % 250) {
    if (taken.includes(` 10.213.${String(number)}.`)) continue
    const subnet = { lab, number }
    const added = await run([
      'ip',
      'link',
      'add',
      bridgeOf(subnet),
      'address',
      macOf(subnet, 0),
      'type',
      'bridge',
      'forward_delay',
      '0',
    ])
    if (added.code === 0) return subnet
    if (!added.stderr.includes('exists')) throw new Error(`A network bridge could not be made: ${added.stderr.trim()}`)
  }
  throw new Error('No free subnet in 10.213.0.0/16')
}

export async function bringUpBridge(subnet: Subnet): Promise<void> {
  const bridge = bridgeOf(subnet)
  await ipBatch([`addr add ${gatewayOf(subnet)}/24 dev ${bridge}`, `link set ${bridge} up`])
}

/** A fresh namespace at each power-on: no socket and no firewall rule of the host's previous life is in it. */
export async function plugIn(subnet: Subnet, host: string): Promise<void> {
  const namespace = namespaceOf(subnet, host)
  const veth = vethOf(subnet, host)
  await ipBatch([
    `netns add ${namespace}`,
    `link add ${veth} type veth peer name eth0 address ${macOf(subnet, indexOf(host))} netns ${namespace}`,
    `link set ${veth} master ${bridgeOf(subnet)} up`,
  ])
  await must([...['ip', '-n', namespace, '-batch', '-']], {
    stdin: `link set lo up\naddr add ${addressOf(subnet, host)}/24 dev eth0\nlink set eth0 up\n`,
  })
}

/**
 * Silences the host's cable. Before its processes are killed, because the kernel closes a dead process's connections with
 * a farewell that no machine without power sends.
 */
export async function silence(subnet: Subnet, host: string): Promise<void> {
  await run(['ip', 'link', 'set', vethOf(subnet, host), 'down'])
}

export async function unplug(subnet: Subnet, host: string): Promise<void> {
  await run(['ip', 'link', 'del', vethOf(subnet, host)])
  if (existsSync(namespacePath(subnet, host))) await must(['ip', 'netns', 'del', namespaceOf(subnet, host)])
}

export async function removeBridge(subnet: Subnet): Promise<void> {
  await run(['ip', 'link', 'del', bridgeOf(subnet)])
}

async function ipBatch(lines: readonly string[]): Promise<void> {
  await must(['ip', '-batch', '-'], { stdin: `${lines.join('\n')}\n` })
}

/** Whose traffic is dropped: the controller's (the bridge's own address), everybody's, or that of these lab hosts. */
export type PartitionFrom = 'controller' | 'all' | readonly string[]

function tableOf(subnet: Subnet, host: string): string {
  return `${bridgeOf(subnet)}_${host}`
}

/**
 * Drops IP packets on the bridge, where the guest neither sees nor can flush the rule. Silently, as a broken network does:
 * addresses still resolve, connections hang. Replaces the host's previous partition.
 */
export async function partition(subnet: Subnet, host: string, from: PartitionFrom): Promise<void> {
  const table = tableOf(subnet, host)
  const veth = vethOf(subnet, host)
  const gateway = gatewayOf(subnet)
  const peers = typeof from === 'string' ? [] : from.map((name) => addressOf(subnet, name))
  const rules = (hook: 'forward' | 'input' | 'output'): string => {
    const drops: string[] = []
    if (from === 'all')
      drops.push(`iifname "${veth}" meta protocol {ip,ip6} drop`, `oifname "${veth}" meta protocol {ip,ip6} drop`)
    if (from === 'controller' && hook !== 'forward') {
      drops.push(`iifname "${veth}" ip daddr ${gateway} drop`, `oifname "${veth}" ip saddr ${gateway} drop`)
    }
    if (peers.length > 0 && hook === 'forward') {
      const set = `{ ${peers.join(', ')} }`
      drops.push(`iifname "${veth}" ip daddr ${set} drop`, `oifname "${veth}" ip saddr ${set} drop`)
    }
    return `chain ${hook} { type filter hook ${hook} priority 0; policy accept; ${drops.join('; ')}; }`
  }
  const text = `table bridge ${table}\ndelete table bridge ${table}\ntable bridge ${table} {
${rules('forward')}\n${rules('input')}\n${rules('output')}\n}\n`
  await must(['nft', '-f', '-'], { stdin: text.replaceAll('; ; }', '; }') })
}

export async function heal(subnet: Subnet, host: string): Promise<void> {
  const table = tableOf(subnet, host)
  await must(['nft', '-f', '-'], { stdin: `table bridge ${table}\ndelete table bridge ${table}\n` })
}
