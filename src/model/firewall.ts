/** A chain of nftables that sees what comes in to the machine. */
export interface InputChain {
  readonly family: string
  readonly table: string
  readonly name: string
}

export interface SeenChain extends InputChain {
  /** It refuses whatever no rule of it has let in: by its policy, or by a rule without a condition. */
  readonly shut: boolean
  /** TCP ports that ironherd's own rule in it opens before that, ascending; none: it has no such rule. */
  readonly opened: readonly number[]
}

/** Chains of filters for IPv4 that nftables has on the machine. */
export interface FirewallAnswer {
  readonly chains: readonly SeenChain[]
}

/** The comment by which ironherd knows its rules. */
export const ruleMark = 'ironherd-host'

/** Puts the rules back after a boot, and after nftables has read its own anew. */
export const firewallUnit = 'ironherd-host-firewall.service'
/** Its timer stands while a change may still be taken back. */
export const firewallRevert = 'ironherd-host-firewall-revert'
export const firewallUnitPath = `/usr/local/lib/systemd/system/${firewallUnit}`
export const firewallScriptPath = '/var/lib/ironherd/firewall/open.sh'
