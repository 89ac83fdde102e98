# Sourced by bin/hadoop and, through hdfs-config.sh, by bin/hdfs. Of the lab: what Hadoop documents of its options, of hadoop-env.sh
# and of the variables that are read from it. Left out: --daemon, --workers, secure daemons, shell profiles and user functions.

complain() {
  echo "$*" >&2
}

# Adds an option unless one that looks like it is there: so a -Xmx of the user's stands before HADOOP_HEAPSIZE_MAX.
add_option() {
  [[ $HADOOP_OPTS == *"$1"* ]] || HADOOP_OPTS="$HADOOP_OPTS $2"
}

# Sets HADOOP_PARSE_COUNTER to how many words of the command line were options.
parse_options() {
  HADOOP_PARSE_COUNTER=0
  while [[ $# -gt 0 ]]; do
    case $1 in
      --config)
        if [[ ! -d ${2:-} ]]; then
          complain "ERROR: Cannot find configuration directory \"${2:-}\""
          usage
          exit 1
        fi
        HADOOP_CONF_DIR=$2
        HADOOP_PARSE_COUNTER=$((HADOOP_PARSE_COUNTER + 2))
        shift 2
        ;;
      --loglevel)
        HADOOP_LOGLEVEL=${2:-}
        HADOOP_PARSE_COUNTER=$((HADOOP_PARSE_COUNTER + 2))
        shift 2
        ;;
      --debug)
        HADOOP_PARSE_COUNTER=$((HADOOP_PARSE_COUNTER + 1))
        shift
        ;;
      --help | -help | -h | help)
        usage
        exit 0
        ;;
      --buildpaths | --daemon | --hostnames | --hosts | --workers)
        complain "ERROR: $1 is an option of the release; the lab's archive does not have it."
        exit 1
        ;;
      *) break ;;
    esac
  done
}

# HADOOP_CONF_DIR, hadoop-env.sh in it, and what is left to its default by both.
load_environment() {
  HADOOP_HOME=${HADOOP_HOME:-$(cd -P -- "$HADOOP_LIBEXEC_DIR/.." && pwd -P)}
  export HADOOP_HOME
  export HADOOP_OPTS=${HADOOP_OPTS:-"-Djava.net.preferIPv4Stack=true"}
  export HADOOP_CONF_DIR=${HADOOP_CONF_DIR:-$HADOOP_HOME/etc/hadoop}
  if [[ -z ${HADOOP_ENV_PROCESSED:-} && -f $HADOOP_CONF_DIR/hadoop-env.sh ]]; then
    export HADOOP_ENV_PROCESSED=true
    # shellcheck source=/dev/null
    . "$HADOOP_CONF_DIR/hadoop-env.sh"
  fi
  [[ -f $HADOOP_CONF_DIR/log4j.properties ]] ||
    complain "WARNING: log4j.properties is not found. HADOOP_CONF_DIR may be incomplete."
  export HADOOP_COMMON_HOME=${HADOOP_COMMON_HOME:-$HADOOP_HOME}
  export HADOOP_HDFS_HOME=${HADOOP_HDFS_HOME:-$HADOOP_HOME}
  USER=${USER:-$(id -nu)}
  HADOOP_IDENT_STRING=${HADOOP_IDENT_STRING:-$USER}
  HADOOP_LOG_DIR=${HADOOP_LOG_DIR:-$HADOOP_HOME/logs}
  HADOOP_LOGFILE=${HADOOP_LOGFILE:-hadoop.log}
  HADOOP_ROOT_LOGGER=${HADOOP_ROOT_LOGGER:-${HADOOP_LOGLEVEL:-INFO},console}
  HADOOP_SECURITY_LOGGER=${HADOOP_SECURITY_LOGGER:-INFO,NullAppender}
  HADOOP_POLICYFILE=${HADOOP_POLICYFILE:-hadoop-policy.xml}
  # glibc's arenas would make a daemon with many threads look several times its size.
  export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX:-4}
}

set_classpath() {
  local common=$HADOOP_COMMON_HOME/share/hadoop/common hdfs=$HADOOP_HDFS_HOME/share/hadoop/hdfs
  # The directory itself is for webapps/, which the daemons look for on the class path.
  CLASSPATH="$HADOOP_CONF_DIR:$common/lib/*:$common/*:$hdfs:$hdfs/lib/*:$hdfs/*"
  if [[ -n ${HADOOP_CLASSPATH:-} ]]; then
    if [[ -n ${HADOOP_USER_CLASSPATH_FIRST:-} ]]; then
      CLASSPATH="$HADOOP_CLASSPATH:$CLASSPATH"
    else
      CLASSPATH="$CLASSPATH:$HADOOP_CLASSPATH"
    fi
  fi
  export CLASSPATH
}

find_java() {
  if [[ -z ${JAVA_HOME:-} ]]; then
    complain "ERROR: JAVA_HOME is not set and could not be found."
    exit 1
  fi
  if [[ ! -x $JAVA_HOME/bin/java ]]; then
    complain "ERROR: $JAVA_HOME/bin/java is not executable."
    exit 1
  fi
}

with_unit() {
  [[ $1 =~ ^[0-9]+$ ]] && echo "${1}m" || echo "$1"
}

# A daemon that is tied to a user by hadoop-env.sh (HDFS_NAMENODE_USER=hdfs) is run by no other.
check_user() {
  local variable=${1^^}_${2//./_}_USER
  variable=${variable^^}
  if [[ -n ${!variable:-} && ${!variable} != "$USER" ]]; then
    complain "ERROR: $2 can only be executed by ${!variable}."
    exit 1
  fi
}

# run_java PROGRAM COMMAND IS-DAEMON CLASS [ARGUMENT ...]
run_java() {
  local program=$1 command=$2 daemon=$3 class=$4 variable old
  shift 4
  check_user "$program" "$command"
  find_java
  [[ $daemon == true ]] || HADOOP_OPTS="$HADOOP_OPTS ${HADOOP_CLIENT_OPTS:-}"
  # A class is a command too, and its dots are no part of a variable's name.
  variable=${program}_${command//./_}_OPTS
  variable=${variable^^}
  old=HADOOP_${variable#*_}
  if [[ $old != "$variable" && -n ${!old:-} ]]; then
    complain "WARNING: $old has been replaced by $variable. Using value of $old."
    variable=$old
  fi
  HADOOP_OPTS="$HADOOP_OPTS ${!variable:-}"
  [[ -z ${HADOOP_HEAPSIZE_MAX:-} ]] || add_option Xmx "-Xmx$(with_unit "$HADOOP_HEAPSIZE_MAX")"
  [[ -z ${HADOOP_HEAPSIZE:-} ]] || add_option Xmx "-Xmx$(with_unit "$HADOOP_HEAPSIZE")"
  [[ -z ${HADOOP_HEAPSIZE_MIN:-} ]] || add_option Xms "-Xms$(with_unit "$HADOOP_HEAPSIZE_MIN")"
  add_option hadoop.log.dir "-Dhadoop.log.dir=$HADOOP_LOG_DIR"
  add_option hadoop.log.file "-Dhadoop.log.file=$HADOOP_LOGFILE"
  add_option hadoop.home.dir "-Dhadoop.home.dir=$HADOOP_HOME"
  add_option hadoop.id.str "-Dhadoop.id.str=$HADOOP_IDENT_STRING"
  add_option hadoop.root.logger "-Dhadoop.root.logger=$HADOOP_ROOT_LOGGER"
  add_option hadoop.policy.file "-Dhadoop.policy.file=$HADOOP_POLICYFILE"
  add_option hadoop.security.logger "-Dhadoop.security.logger=$HADOOP_SECURITY_LOGGER"
  set_classpath
  # shellcheck disable=SC2086 # options are words
  exec "$JAVA_HOME/bin/java" "-Dproc_$command" $HADOOP_OPTS "$class" "$@"
}

# `classpath` alone prints it; with options (--glob, --jar FILE) a class of Hadoop's does.
classpath_command() {
  if [[ $# -gt 0 ]]; then
    class=org.apache.hadoop.util.Classpath
    return
  fi
  set_classpath
  echo "$CLASSPATH"
  exit 0
}

print_environment() {
  find_java
  local name
  for name in JAVA_HOME HADOOP_COMMON_HOME HADOOP_HDFS_HOME HADOOP_CONF_DIR HADOOP_HOME; do
    echo "$name='${!name}'"
  done
  exit 0
}
