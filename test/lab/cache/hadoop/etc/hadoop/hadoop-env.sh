# Read by bin/hadoop and bin/hdfs before anything else. JAVA_HOME must be set here or by whoever calls.
# export JAVA_HOME=
# export HADOOP_HEAPSIZE_MAX=
# export HADOOP_LOG_DIR=${HADOOP_HOME}/logs
# export HDFS_NAMENODE_OPTS="-Dhadoop.security.logger=INFO,RFAS"
