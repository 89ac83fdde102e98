import type { PackageLayout } from '../common/software.ts'

const roles = ['namenode', 'secondarynamenode', 'journalnode', 'zkfc', 'datanode']

/** As the packages of Cloudera and of Bigtop have it: a unit or an init script for each role, and one command for all. */
export const packageLayout: PackageLayout = {
  maskUnits: [...roles.map((role) => `hadoop-hdfs-${role}.service`), 'hadoop-httpfs.service'],
  path: '/usr',
}
