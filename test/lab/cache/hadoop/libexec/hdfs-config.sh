# Sourced by bin/hdfs. Of the lab: what belongs to HDFS alone.
# shellcheck source=hadoop-config.sh
. "$HADOOP_LIBEXEC_DIR/hadoop-config.sh"

load_hdfs_environment() {
  if [[ -f $HADOOP_CONF_DIR/hdfs-env.sh ]]; then
    # shellcheck source=/dev/null
    . "$HADOOP_CONF_DIR/hdfs-env.sh"
  fi
  HDFS_AUDIT_LOGGER=${HDFS_AUDIT_LOGGER:-INFO,NullAppender}
  HDFS_NAMENODE_OPTS=${HDFS_NAMENODE_OPTS:-"-Dhadoop.security.logger=INFO,RFAS"}
  HDFS_SECONDARYNAMENODE_OPTS=${HDFS_SECONDARYNAMENODE_OPTS:-"-Dhadoop.security.logger=INFO,RFAS"}
  HDFS_DATANODE_OPTS=${HDFS_DATANODE_OPTS:-"-Dhadoop.security.logger=ERROR,RFAS"}
}

with_audit_log() {
  add_option hdfs.audit.logger "-Dhdfs.audit.logger=$HDFS_AUDIT_LOGGER"
}

# HttpFS has directories of its own, given as properties; HTTPFS_TEMP must be writable for its user.
prepare_httpfs() {
  if [[ -f $HADOOP_CONF_DIR/httpfs-env.sh ]]; then
    # shellcheck source=/dev/null
    . "$HADOOP_CONF_DIR/httpfs-env.sh"
  fi
  local temporary=${HTTPFS_TEMP:-$HADOOP_HDFS_HOME/temp}
  add_option httpfs.home.dir "-Dhttpfs.home.dir=${HTTPFS_HOME:-$HADOOP_HDFS_HOME}"
  add_option httpfs.config.dir "-Dhttpfs.config.dir=${HTTPFS_CONFIG:-$HADOOP_CONF_DIR}"
  add_option httpfs.log.dir "-Dhttpfs.log.dir=${HTTPFS_LOG:-$HADOOP_LOG_DIR}"
  add_option httpfs.temp.dir "-Dhttpfs.temp.dir=$temporary"
  if [[ ! -d $temporary ]] && ! mkdir -p "$temporary"; then
    complain "ERROR: Unable to create $temporary. Aborting."
    exit 1
  fi
}
