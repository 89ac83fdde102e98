import type { Jvm } from '../../api/common.ts'
import { javaMemory } from '../../api/quantity.ts'
import { exports, hadoopOptions } from '../../formats/hadoop-env.ts'
import type { MemberPaths } from '../common/names.ts'
import type { HdfsContext } from './context.ts'
import { fileHeader } from './site.ts'
import { isHadoop2 } from './version.ts'

/** The scripts want JAVA_HOME: with none declared, that of the java which the PATH finds. */
const javaOfPath = ['JAVA_HOME=$(readlink -f "$(command -v java)")', `export JAVA_HOME="\${JAVA_HOME%/bin/java}"`]

/** The role as the scripts name its options: HDFS_<role>_OPTS, in Hadoop 2 HADOOP_<role>_OPTS. */
export type ScriptRole = 'NAMENODE' | 'SECONDARYNAMENODE' | 'JOURNALNODE' | 'ZKFC' | 'DATANODE' | 'HTTPFS'

/**
 * WebHDFS of a NameNode writes its answers by an old JAXB, which makes classes inside of java.lang to be faster. Java 16 and newer
 * do not let it, and every answer is a 500 (seen with Hadoop 3.4.2 on Java 17). Told so it does without, on every Java;
 * --add-opens would keep Java 8 from starting. DataNodes and JournalNodes do not use it.
 */
const plainJaxb = '-Dcom.sun.xml.bind.v2.bytecode.ClassTailor.noOptimize=true'

/** hadoop-env.sh of one daemon, and of the tools that are run with its configuration. */
export function environmentFile({ spec }: HdfsContext, role: ScriptRole, jvm: Jvm, paths: MemberPaths): string {
  const heap = javaMemory(jvm.heap)
  const prefix = isHadoop2(spec.version) ? 'HADOOP' : 'HDFS'
  const webHdfs = role === 'NAMENODE' || role === 'HTTPFS' ? [plainJaxb] : []
  const options = hadoopOptions([`-Xms${heap}`, `-Xmx${heap}`, ...webHdfs, ...jvm.options])
  const lines = [
    ...fileHeader.map((line) => `# ${line}`),
    ...exports(spec.hadoopEnv),
    ...(spec.javaHome === undefined ? javaOfPath : exports({ JAVA_HOME: spec.javaHome })),
    ...(spec.extraJars.length === 0 ? [] : exports({ HADOOP_CLASSPATH: spec.extraJars.join(':') })),
    ...exports({ HADOOP_LOG_DIR: paths.logs, [`${prefix}_${role}_OPTS`]: options }),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/**
 * Variables of the unit, so of the daemon alone and not of tools: the file of its process id goes with the process, and it logs
 * to its file. Tools say what they have to say on standard error, and no second process rotates the file.
 */
export function daemonEnvironment(paths: MemberPaths): Readonly<Record<string, string>> {
  return { HADOOP_PID_DIR: paths.runtime, HADOOP_ROOT_LOGGER: 'INFO,FILE,JOURNAL' }
}
