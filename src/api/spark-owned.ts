import type { OwnedKeys } from './owned.ts'

const exactPorts: OwnedKeys = {
  // With retries Spark quietly takes the next free port, where nobody looks for it.
  'spark.port.maxRetries': 'nothing: a daemon takes the declared port or fails',
}

const shuffle: OwnedKeys = {
  'spark.shuffle.service.enabled': 'standalone.shuffleService',
  'spark.shuffle.service.port': 'standalone.shuffleService.port',
}

export const masterOwned: OwnedKeys = {
  ...exactPorts,
  'spark.deploy.recoveryMode': 'standalone.recovery',
  'spark.deploy.recoveryDirectory': 'standalone.recovery.fileSystem',
  'spark.deploy.zookeeper.url': 'standalone.recovery',
  'spark.deploy.zookeeper.dir': 'standalone.recovery.path',
  'spark.worker.timeout': 'standalone.workerTimeoutSeconds',
  'spark.master.ui.port': 'standalone.masters.webUiPort',
  'spark.master.rest.enabled': 'standalone.masters.restPort',
  'spark.master.rest.port': 'standalone.masters.restPort',
}

export const workerOwned: OwnedKeys = {
  ...exactPorts,
  ...shuffle,
  'spark.worker.timeout': 'standalone.workerTimeoutSeconds',
  'spark.worker.ui.port': 'webUiPort of the worker group',
  'spark.worker.cleanup.enabled': 'cleanup.enabled of the worker group',
  'spark.worker.cleanup.interval': 'cleanup.intervalSeconds of the worker group',
  'spark.worker.cleanup.appDataTtl': 'cleanup.appDataTtlSeconds of the worker group',
  'spark.decommission.enabled': 'drain.timeoutSeconds of the worker group',
  'spark.local.dir': 'localDirs of the worker group',
}

export const shuffleOwned: OwnedKeys = {
  ...exactPorts,
  ...shuffle,
  'spark.shuffle.service.db.enabled': 'nothing: what the service knows always outlives its restart',
  'spark.local.dir': 'standalone.shuffleService.stateDir',
}

export const historyOwned: OwnedKeys = {
  ...exactPorts,
  'spark.history.ui.port': 'historyServer.webUiPort',
  'spark.history.fs.logDirectory': 'historyServer.eventLogDir',
}

export const defaultsOwned: OwnedKeys = {
  ...shuffle,
  'spark.master': 'standalone.masters',
  'spark.eventLog.enabled': 'historyServer',
  'spark.eventLog.dir': 'historyServer.eventLogDir',
}

/** Only daemons read these, and the daemons do not read sparkDefaults. */
export const daemonPrefixes: readonly string[] = [
  'spark.deploy.',
  'spark.worker.',
  'spark.history.',
  'spark.master.ui.',
  'spark.master.rest.',
]

const role = 'hosts, ports, cores, memory and directories have fields of their own in standalone'

export const envOwned: OwnedKeys = {
  JAVA_HOME: 'javaHome',
  SPARK_HOME: 'software',
  SPARK_CONF_DIR: 'nothing: each daemon has its own',
  SPARK_ENV_LOADED: 'nothing: with it spark-env.sh is not read',
  SPARK_LOG_DIR: 'logs',
  SPARK_NO_DAEMONIZE: 'nothing: systemd runs the daemons in the foreground',
  SPARK_DAEMON_MEMORY: 'jvm.heap of the daemon',
  SPARK_DAEMON_JAVA_OPTS: 'jvm.options or properties of the daemon',
  SPARK_MASTER_OPTS: 'standalone.masters.properties or .jvm.options',
  SPARK_WORKER_OPTS: 'properties or jvm.options of the worker group',
  SPARK_SHUFFLE_OPTS: 'standalone.shuffleService.properties or .jvm.options',
  SPARK_HISTORY_OPTS: 'historyServer.properties or .jvm.options',
  SPARK_PUBLIC_DNS: 'advertisedAddress of the Host',
  SPARK_LOCAL_IP: 'serviceAddress of the Host',
  SPARK_LOCAL_DIRS: 'localDirs of the worker group',
  SPARK_MASTER_HOST: role,
  SPARK_MASTER_PORT: role,
  SPARK_MASTER_WEBUI_PORT: role,
  SPARK_WORKER_CORES: role,
  SPARK_WORKER_MEMORY: role,
  SPARK_WORKER_PORT: role,
  SPARK_WORKER_WEBUI_PORT: role,
  SPARK_WORKER_DIR: role,
}

/** log4j2 keys of the daemons that begin so are ironherd's: rotation, and the record of who led since when. */
export const logOwnedPrefixes: readonly string[] = [
  'appender.file.',
  'appender.leadership.',
  'logger.leadership.',
  'rootLogger.appenderRef.file.',
]
