import { type Reason, reason } from './reason.ts'

/** The part of the reasons that is about the preparation of a machine, and about what is told of it beside. */
export const hostReasons = {
  Prepared: reason('Info', 'The machine is as spec.preparation of its Host declares it; seen in this pass.'),
  Preparing: reason('Info', 'Steps of spec.preparation are being run, or are left to be run; the message counts them.'),
  HostNotPrepared: reason(
    'Transient',
    'Members that were never started on a host wait until all that spec.preparation of it declares is done. What runs there, or ran, is not touched by that.',
    'See the condition Prepared of the Host that the message names.',
  ),
  HostNameInUse: reason(
    'Blocked',
    'spec.preparation.hostname differs from the name of the machine, and members stand there, which others know by it: it is not changed under them.',
    'Put the name of the machine into the field, or remove the field; or let the members leave the host first.',
  ),
  PackageRepositoryUnusable: reason(
    'Transient',
    'apt could not read a declared package repository: it does not answer, has no such suite or component, or is not signed with the declared key. The message quotes apt.',
    'Check url, suite, components and key in spec.preparation.packageRepositories, and the way from the host to it.',
  ),
  HostKeyShared: reason(
    'Blocked',
    'Two Hosts that lead to different machines have a host key in common, as machines made from one image do: each can pass for the other.',
    'On one of them remove /etc/ssh/ssh_host_*_key*, run ssh-keygen -A, restart sshd, and pin its new key in spec.ssh.hostKeys.',
  ),
  FirewallUnsupported: reason(
    'Blocked',
    'The rules of the firewall on the host are kept by a tool that would undo what another writes (firewalld, ufw, iptables); nothing is opened in them yet.',
    'Open the ports that the message names by that tool and remove spec.preparation.firewall, or keep the rules with nftables.',
  ),
  FirewallReverted: reason(
    'Transient',
    'After ports had been opened no new SSH connection came about, so the host takes the change back by itself within a minute.',
    'Check that spec.ssh.port is the port on which sshd of the host listens, and the rules of its firewall.',
  ),
  BlockRefused: reason(
    'Blocked',
    'A file into which a marked block is to be written is a link or something else that is no plain file, is larger than 64 KiB, or holds marks of ironherd that are not one pair. It is left as it is.',
    'Mend or remove the marks (the lines # BEGIN ironherd… and # END ironherd) on the host, or put a plain file there.',
  ),
} as const satisfies Record<string, Reason>
