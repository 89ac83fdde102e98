import { z } from 'zod'
import { celRules, listMap, listSet } from './cel.ts'
import { dataDirectory, jvm, objectName, port, worded } from './common.ts'
import { directories, site } from './hdfs-pieces.ts'

const member = z.object({
  id: worded(1, 15, /^[a-z][a-z0-9]*$/, 'a letter, then letters and digits, in lower case: nn1').describe(
    'Id of the NameNode, e.g. nn1, in keys of the configuration and for haadmin. Bound to its host by name: it stays when others go.',
  ),
  host: objectName.describe(
    'Name of the Host object that it runs on, with its failover controller. With another name here the NameNode moves: one at a time, ' +
      'by a copy from the one that is active, while the other hosts are well. The old one must be proven stopped, or its host be Lost. ' +
      'Clients must have the new files before the last NameNode is restarted with the new address. The only one does not move.',
  ),
})

export const nameNodes = z
  .object({
    members: z
      .array(member)
      .min(1)
      .max(5)
      .meta({
        ...listMap('id'),
        ...celRules({
          rule: 'self.all(m, self.exists_one(n, n.host == m.host))',
          message: 'two NameNodes on one host fail together: name each host once',
        }),
      })
      .describe(
        'The NameNodes. With journalNodes two to five (Hadoop 2: two), each on a host of its own: one is active, the others stand by ' +
          'and take over. Without them exactly one. The first in this list makes the file system, once. On a file system that lives they ' +
          'come and go one at a time, who comes before who goes, while all others are well: one that comes copies from the one that is ' +
          'active, and one that goes hands over, is stopped when another of those that stay could take over, and leaves its names ' +
          'aside on its host. The newest image is copied before. All others are restarted for each, one after the other. One whose ' +
          'Host has lifecycle: Lost is not waited for. Clients must have the new files before the one that they know goes.',
      ),
    nameDirs: directories(4).describe(
      'Where each NameNode keeps the names: every directory holds a whole copy, so two disks, or a disk and NFS, bear the loss of ' +
        'one. A mount that is missing is not an empty directory: the NameNode is then not started. Without journalNodes nobody else has ' +
        'the names, but for what a secondary has copied: give two directories at least. On a file system that lives one comes or goes by ' +
        'restarts, as long as another one stays.',
    ),
    ports: z
      .object({
        rpc: port
          .default(8020)
          .describe('Port that clients, DataNodes and failover controllers connect to. It cannot be changed later.'),
        http: port.optional().describe('Port of the web UI, of WebHDFS and of /jmx. Default: 9870; Hadoop 2: 50070.'),
      })
      .prefault({})
      .describe('TCP ports, the same on every host.'),
    hdfsSite: site('Keys for the NameNodes alone. They win over spec.hdfsSite. A change restarts NameNodes only.'),
    jvm: jvm('1g'),
  })
  .describe('The NameNodes: they are named one by one.')

export const journalNodes = z
  .object({
    hosts: z
      .array(objectName)
      .min(3)
      .max(5)
      .meta({
        ...listSet,
        ...celRules({
          rule: 'self.size() % 2 == 1',
          message: 'three or five JournalNodes: an even number tolerates no more failures',
        }),
      })
      .describe(
        'Host objects, three or five, one JournalNode each. What the active NameNode writes is safe when a majority of them has it. On a ' +
          'file system that lives they come and go one at a time, each by restarts of the NameNodes and a handover: one that is ' +
          'replaced goes when the new one has what it had, and one whose Host has lifecycle: Lost goes first. Not with Hadoop 2, nor ' +
          'while one is declared by name instead of address.',
      ),
    editsDir: dataDirectory.describe(
      'Where each JournalNode keeps the journal, in a directory named as the nameservice. It cannot be changed later.',
    ),
    ports: z
      .object({
        rpc: port.default(8485).describe('Port that the NameNodes write to. It cannot be changed later.'),
        http: port.default(8480).describe('Port of the web UI and of /jmx, from which others fetch edits.'),
      })
      .prefault({})
      .describe('TCP ports, the same on every host.'),
    hdfsSite: site(
      'Keys for the JournalNodes alone. They win over spec.hdfsSite. A change restarts JournalNodes only.',
    ),
    jvm: jvm('512m'),
  })
  .describe(
    'The JournalNodes, which keep what the active NameNode does and let only one of them write. With them the file system is highly ' +
      'available: two NameNodes at least, failover controllers and a ZooKeeper. Without them it is simple: one NameNode, and while that ' +
      'is down nothing can be read or written. A simple file system that stands becomes highly available with them: its NameNode is stopped ' +
      'for it once, when a person has approved that. They are never taken from one that has them.',
  )

export const secondary = z
  .object({
    host: objectName.describe(
      'Name of the Host object that it runs on, best not that of the NameNode: its copy of the names is then on another machine.',
    ),
    checkpointDir: dataDirectory.describe(
      'Where it keeps its copy of the names, as they were at the last checkpoint. When all nameDirs are lost it is the newest image that ' +
        'there is; ironherd never puts it in their place by itself.',
    ),
    port: port.optional().describe('Port of its web server, for images and /jmx. Default: 9868; Hadoop 2: 50090.'),
    hdfsSite: site(
      'Keys for the SecondaryNameNode alone. They win over spec.hdfsSite. dfs.namenode.checkpoint.period, 3600 seconds by default, and ' +
        '.txns are given to the NameNode, too, which takes no image that comes earlier: a change of them restarts it.',
    ),
    jvm: jvm('1g').describe(
      'Settings of the Java virtual machine. It holds all names in memory to make a checkpoint: give it as much as the NameNode.',
    ),
  })
  .describe(
    'The SecondaryNameNode: it merges what the NameNode has done since into its image, so that a restart is short, and keeps a copy. It ' +
      'never takes over. Only without journalNodes: with them a NameNode that stands by does that.',
  )
