import { z } from 'zod'
import { celRules, exactlyOneOf } from './cel.ts'
import { jvm, keyRef, port, text, worded, znodePath } from './common.ts'
import { site } from './hdfs-pieces.ts'

const ssh = z
  .object({
    user: worded(1, 32, /^[a-z_][a-z0-9_.-]*$/, 'the name of an account')
      .optional()
      .describe(
        'Account to log in as. Default: the service user. It must be allowed to end the NameNode, so it is root or the service user. ' +
          'An account that ironherd has created has no shell and cannot log in.',
      ),
    port: port.default(22).describe('Port of sshd on the hosts of the NameNodes.'),
    privateKeySecretRef: keyRef.describe(
      'Secret with the private key, without a passphrase and in PEM form, since the SSH library of Hadoop reads no other: made by ' +
        '`ssh-keygen -t ecdsa -m PEM` (or -t rsa for an old sshd). ironherd puts it beside the configuration of the failover ' +
        'controllers, readable for the service user alone. The public key must stand in authorized_keys of the account on ' +
        'every NameNode host; ironherd does not write it there.',
    ),
    timeoutSeconds: z.int().min(1).max(60).default(10).describe('How long a connection may take.'),
  })
  .describe(
    'Log in to the host of the old active and kill what listens on its RPC port (sshfence). It needs fuser (package psmisc) there, ' +
      'and cannot succeed while that host is off. Hadoop does not check the key of the host.',
  )

const shell = z
  .object({
    command: text(1024)
      .min(1)
      .meta(
        celRules({
          rule: "!self.contains('#')",
          message: 'Hadoop takes what follows a # for a comment: put such a command into a script of its own',
        }),
      )
      .describe(
        'Command line for bash, run as the service user on the host of the NameNode that takes over. It finds $target_host, ' +
          '$target_port, $target_address, $target_nameserviceid and $target_namenodeid in its environment. Exit 0 says that the old ' +
          'active cannot write any more. A # is refused: Hadoop takes the rest of the line for a comment.',
      ),
    timeoutSeconds: z.int().min(1).max(300).default(30).describe('It is killed, and has failed, after so long.'),
  })
  .describe('Run a command of your own (shell).')

export const fencing = z
  .object({
    methods: z
      .array(
        z
          .object({ ssh: ssh.optional(), shell: shell.optional() })
          .meta(celRules(exactlyOneOf(['ssh', 'shell'], 'give exactly one of ssh and shell'))),
      )
      .max(4)
      .meta(
        celRules({
          rule: 'self.filter(m, has(m.ssh)).size() <= 1',
          message: 'ssh is given twice: Hadoop has one timeout for all of them',
        }),
      )
      .default([])
      .describe('Tried in this order until one succeeds, before another NameNode becomes active.'),
    fallback: z
      .enum(['QjmOnly', 'Block'])
      .default('QjmOnly')
      .describe(
        'What happens when no method succeeds. QjmOnly: the other NameNode takes over all the same. The JournalNodes let only one ' +
          'write, so no edit is lost and none is made twice; but a client that is still connected to an old active may be told what ' +
          'was true a while ago, until that NameNode notices with its next write. Block: nobody takes over, and the file system ' +
          'stands still until a method succeeds: for instance when the host is off and ssh is the only method. ironherd adds a last ' +
          'method, which succeeds for a NameNode whose Host is proven off: by lifecycle: Lost, your word that it is, or by its ' +
          'spec.fence, which is run for that when every cluster with something on that host works without it (FencingBlocked).',
      ),
  })
  .meta(
    celRules({
      rule: "!has(self.fallback) || self.fallback != 'Block' || (has(self.methods) && self.methods.size() > 0)",
      message: 'with Block and no method nobody could ever take over: give a method, or fallback: QjmOnly',
    }),
  )
  .describe(
    'How an active NameNode that does not answer is kept from going on before another one takes over. Only with journalNodes.',
  )

export const failover = z
  .object({
    sessionTimeoutSeconds: z
      .int()
      .min(2)
      .max(600)
      .default(10)
      .describe(
        'A failover controller that ZooKeeper has not heard of for so long loses the lead, s. ZooKeeper shortens it to ' +
          'maxSessionTimeoutSeconds of its own. So long a NameNode whose host died is missed; shorter means more failovers for nothing.',
      ),
    healthTimeoutSeconds: z
      .int()
      .min(5)
      .max(600)
      .default(20)
      .describe(
        'A NameNode that lives but does not answer its failover controller for so long is given up, s. Hadoop itself waits 45 s.',
      ),
    port: port.default(8019).describe('Port of the failover controllers, the same on every host.'),
    zookeeperPath: znodePath
      .default('/hadoop-ha')
      .describe(
        'Znode below which the failover controllers elect, in a znode named as the nameservice. It cannot be changed later.',
      ),
    hdfsSite: site('Keys for the failover controllers alone. They win over spec.hdfsSite.'),
    jvm: jvm('256m'),
  })
  .describe(
    'The failover controllers, one beside each NameNode: they elect by ZooKeeper who is active, without ironherd. Only with ' +
      'journalNodes.',
  )
