import type { OwnedKeys } from './owned.ts'

const nothing = {
  authentication:
    'nothing yet: authentication is not built, and the questions by which ironherd judges a daemon would be refused',
  ends: 'nothing: with it the daemon says something and ends',
  questions: 'nothing: it could close the paths at which ironherd asks',
  election: 'zookeeperRef or zookeeperConnect',
} as const

const both: OwnedKeys = {
  work_dir: 'workDir',
  ip: 'serviceAddress of the Host',
  ip_discovery_command: 'serviceAddress of the Host',
  hostname: 'advertisedAddress of the Host',
  hostname_lookup: 'advertisedAddress of the Host',
  port: 'port',
  advertise_ip: 'nothing: peers are given the serviceAddress of the Host',
  advertise_port: 'port',
  master_detector: nothing.election,
  firewall_rules: nothing.questions,
  authenticate_http_readonly: nothing.authentication,
  authenticate_http_readwrite: nothing.authentication,
  http_authenticators: nothing.authentication,
  help: nothing.ends,
  version: nothing.ends,
}

/** Flags of a master that ironherd sets, and the field that does. */
export const masterFlagsOwned: OwnedKeys = {
  ...both,
  zk: nothing.election,
  master_contender: nothing.election,
  quorum: 'masters.hosts: it is (hosts + 1) / 2 for all of them',
  registry: 'nothing: the registry is a replicated log',
  log_auto_initialize: 'nothing: only the first start of all masters may begin an empty registry',
  cluster: 'masters.clusterName',
  zk_session_timeout: 'masters.zookeeperSessionTimeoutSeconds',
  recovery_agent_removal_limit: 'masters.recoveryAgentRemovalLimit',
  agent_ping_timeout: 'masters.agentPingTimeoutSeconds',
  max_agent_ping_timeouts: 'masters.maxAgentPingTimeouts',
  roles: 'masters.roles',
  weights: 'masters.weights',
  webui_dir: 'software: the web pages of the archive',
  credentials: nothing.authentication,
  authenticate_agents: nothing.authentication,
  authenticate_frameworks: nothing.authentication,
  authenticate_http_frameworks: nothing.authentication,
}

/** Flags of an agent that ironherd sets, and the field that does. */
export const agentFlagsOwned: OwnedKeys = {
  ...both,
  master: nothing.election,
  attributes: 'attributes of the agent group',
  resources: 'resources of the agent group',
  default_role: 'defaultRole of the agent group',
  domain: 'nothing yet: it is part of an agent’s identity, which is not changed on a living one',
  isolation: 'isolation of the agent group',
  containerizers: 'containerizers of the agent group',
  executor_environment_variables: 'executorEnvironment of the agent group',
  hadoop_home: 'hadoopHome of the agent group',
  reconfiguration_policy: 'reconfigurationPolicy of the agent group',
  launcher_dir: 'software: the helpers of the archive',
  runtime_dir: 'nothing: each agent has its own below /run/mesos',
  recover: 'nothing: cleanup would end every task of the agent',
  credential: nothing.authentication,
  http_credentials: nothing.authentication,
}

/** Variables that a daemon would take as flags, or that say where its libraries are: by their beginning. */
export const environmentOwned: OwnedKeys = {
  MESOS_: 'the field of the flag, or flags',
  LIBPROCESS_: 'the Host and port',
  LD_LIBRARY_PATH: 'software: the libraries of the archive',
}
