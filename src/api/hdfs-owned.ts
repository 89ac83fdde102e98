import type { OwnedKeys } from './owned.ts'

/**
 * Keys of core-site.xml and hdfs-site.xml that ironherd writes, or that must stay as they are. Hadoop reads both files into one
 * set of keys, so both maps are checked for all of them. A key also stands for those that begin with it and a dot: Hadoop lets
 * most of them be said for one nameservice or NameNode alone (`<key>.<nameservice>.<id>`), which then wins. The old names of a
 * key win over its new one, so they are here, too.
 */
export const siteOwned: OwnedKeys = {
  // Names and addresses
  'fs.defaultFS': 'nameservice',
  'fs.default.name': 'nameservice',
  'dfs.nameservices': 'nameservice',
  'dfs.nameservice.id': 'nameservice',
  'dfs.internal.nameservices': 'nameservice',
  'dfs.federation.nameservices': 'nameservice',
  'dfs.federation.nameservice.id': 'nameservice',
  'dfs.client.failover.proxy.provider': 'nothing: clients ask the NameNodes in turn',
  'dfs.ha.namenodes': 'nameNodes.members',
  'dfs.ha.namenode.id': 'nameNodes.members',
  'dfs.namenode.rpc-address': 'nameNodes.ports.rpc',
  'dfs.namenode.servicerpc-address': 'nothing: all ask one RPC port',
  'dfs.namenode.http-address': 'nameNodes.ports.http',
  'dfs.http.address': 'nameNodes.ports.http',
  'dfs.http.policy': 'nothing: the daemons are asked for their health over HTTP',
  'hadoop.security.token.service.use_ip': 'nothing: the daemons know each other as their hosts are declared',
  'hadoop.security.authentication': 'nothing: this release knows "simple" only',
  // What keeps a file system from being made twice
  'dfs.namenode.support.allow.format': 'nothing: only the one first format may lift it',
  'dfs.reformat.disabled': 'nothing: a file system is formatted once',
  // NameNodes
  'dfs.namenode.name.dir': 'nameNodes.nameDirs',
  'dfs.name.dir': 'nameNodes.nameDirs',
  'dfs.namenode.edits.dir': 'nameNodes.nameDirs',
  'dfs.name.edits.dir': 'nameNodes.nameDirs',
  'dfs.namenode.storage.dir.perm': 'nothing: the directories belong to the service user alone',
  'dfs.namenode.shared.edits.dir': 'journalNodes',
  'dfs.namenode.secondary.http-address': 'secondary.port',
  'dfs.secondary.http.address': 'secondary.port',
  'dfs.namenode.checkpoint.dir': 'secondary.checkpointDir',
  'fs.checkpoint.dir': 'secondary.checkpointDir',
  'dfs.namenode.checkpoint.edits.dir': 'secondary.checkpointDir',
  'fs.checkpoint.edits.dir': 'secondary.checkpointDir',
  'dfs.namenode.datanode.registration.ip-hostname-check': 'nothing: the daemons know each other by address',
  'dfs.hosts': 'dataNodeGroups',
  'dfs.namenode.hosts.provider.classname': 'dataNodeGroups',
  'hadoop.proxyuser': 'proxyUsers',
  'net.topology.script.file.name': 'racks',
  'net.topology.node.switch.mapping.impl': 'racks',
  'topology.script.file.name': 'racks',
  'topology.node.switch.mapping.impl': 'racks',
  // JournalNodes
  'dfs.journalnode.edits.dir': 'journalNodes.editsDir',
  'dfs.journalnode.rpc-address': 'journalNodes.ports.rpc',
  'dfs.journalnode.http-address': 'journalNodes.ports.http',
  // Failover
  'ha.zookeeper.quorum': 'zookeeperRef or zookeeperConnect',
  'ha.zookeeper.parent-znode': 'failover.zookeeperPath',
  'ha.zookeeper.session-timeout.ms': 'failover.sessionTimeoutSeconds',
  'dfs.ha.zkfc.nn.http.timeout.ms': 'failover.healthTimeoutSeconds',
  'ha.health-monitor.rpc-timeout.ms': 'failover.healthTimeoutSeconds',
  'dfs.ha.automatic-failover.enabled': 'nothing: the failover controllers decide',
  'dfs.ha.zkfc.port': 'failover.port',
  'dfs.ha.fencing': 'fencing',
  // HttpFS
  'httpfs.http.hostname': 'httpFs.hosts',
  'httpfs.http.port': 'httpFs.port',
  'httpfs.proxyuser': 'proxyUsers',
  // DataNodes
  'dfs.datanode.data.dir': 'dataDirs of the DataNode group',
  'dfs.data.dir': 'dataDirs of the DataNode group',
  'dfs.datanode.address': 'ports.data of the DataNode group',
  'dfs.datanode.ipc.address': 'ports.ipc of the DataNode group',
  'dfs.datanode.http.address': 'ports.http of the DataNode group',
  'dfs.datanode.hostname': 'serviceAddress of the Host',
  'dfs.datanode.du.reserved': 'reservedMiB of the DataNode group',
  'dfs.datanode.failed.volumes.tolerated': 'failedVolumesTolerated of the DataNode group',
}

const heap = 'jvm.heap of the role'
const options = 'jvm.options of the role'
const foreground = 'nothing: systemd runs the daemons, as the service user'

/** Variables of hadoop-env.sh; the roles have other names in Hadoop 2 than in Hadoop 3. */
export const hadoopEnvOwned: OwnedKeys = {
  JAVA_HOME: 'javaHome',
  HADOOP_HOME: 'software',
  HADOOP_CONF_DIR: 'nothing: each daemon has its own',
  HADOOP_LOG_DIR: 'logs',
  HADOOP_CLASSPATH: 'extraJars',
  HADOOP_PID_DIR: foreground,
  HADOOP_IDENT_STRING: foreground,
  HADOOP_ROOT_LOGGER: 'log4j',
  HADOOP_DAEMON_ROOT_LOGGER: 'log4j',
  HADOOP_LOGFILE: 'logs',
  HADOOP_HEAPSIZE: heap,
  HADOOP_HEAPSIZE_MAX: heap,
  HADOOP_HEAPSIZE_MIN: heap,
  HDFS_NAMENODE_OPTS: options,
  HDFS_SECONDARYNAMENODE_OPTS: options,
  HDFS_JOURNALNODE_OPTS: options,
  HDFS_ZKFC_OPTS: options,
  HDFS_DATANODE_OPTS: options,
  HDFS_HTTPFS_OPTS: options,
  HTTPFS_TEMP: foreground,
  HTTPFS_CONFIG: foreground,
  HTTPFS_LOG: 'logs',
  HADOOP_NAMENODE_OPTS: options,
  HADOOP_SECONDARYNAMENODE_OPTS: options,
  HADOOP_JOURNALNODE_OPTS: options,
  HADOOP_ZKFC_OPTS: options,
  HADOOP_DATANODE_OPTS: options,
  HDFS_NAMENODE_USER: foreground,
  HDFS_SECONDARYNAMENODE_USER: foreground,
  HDFS_JOURNALNODE_USER: foreground,
  HDFS_ZKFC_USER: foreground,
  HDFS_DATANODE_USER: foreground,
}

/** Keys of log4j.properties that are, or begin so with a dot behind it, ironherd's: where the lines go. */
export const log4jOwned: OwnedKeys = {
  'hadoop.root.logger': 'log4j.logger.org.apache.hadoop for the level',
  'log4j.rootLogger': 'log4j.logger.org.apache.hadoop for the level',
  'log4j.rootCategory': 'log4j.logger.org.apache.hadoop for the level',
  'log4j.appender.console': 'logs',
  'log4j.appender.FILE': 'logs',
  'log4j.appender.JOURNAL': 'logs',
}
