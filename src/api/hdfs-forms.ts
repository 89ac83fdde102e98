import type { CelRule } from './cel.ts'

/** With journalNodes an HDFS is highly available, else simple; what is of the other form is refused by name. */
export const formRules: readonly CelRule[] = [
  {
    rule: '!has(self.journalNodes) || has(self.zookeeperRef) != has(self.zookeeperConnect)',
    message: 'with journalNodes give exactly one of zookeeperRef and zookeeperConnect',
  },
  {
    rule: 'has(self.journalNodes) || (!has(self.zookeeperRef) && !has(self.zookeeperConnect))',
    message: 'without journalNodes there is no failover, and ZooKeeper is for that: add them, or leave it out',
  },
  {
    rule: 'has(self.journalNodes) || (!has(self.fencing) && !has(self.failover))',
    message: 'without journalNodes there is no failover: add them, or leave fencing and failover out',
  },
  {
    rule: '!has(self.journalNodes) || self.nameNodes.members.size() >= 2',
    message: 'with journalNodes name two NameNodes at least, so that one can take over',
    fieldPath: '.nameNodes',
  },
  {
    rule: 'has(self.journalNodes) || self.nameNodes.members.size() == 1',
    message: 'without journalNodes there is exactly one NameNode: name one, or add them',
    fieldPath: '.nameNodes',
  },
  {
    rule: '!has(self.secondary) || !has(self.journalNodes)',
    message: 'with journalNodes a NameNode that stands by makes the checkpoints: leave secondary out',
  },
  {
    rule: "!has(self.journalNodes) || !self.version.startsWith('2.') || self.nameNodes.members.size() == 2",
    message: 'Hadoop 2 has two NameNodes, neither more nor fewer',
    fieldPath: '.nameNodes',
  },
]
