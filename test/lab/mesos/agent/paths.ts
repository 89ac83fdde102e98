import { join } from 'node:path'

/** Where things stand under `--work_dir`, as recorded in c-failures/30 and d-mesos-execute/07, 08. */
export interface RunPath {
  readonly slaveId: string
  readonly frameworkId: string
  readonly executorId: string
  readonly containerId: string
}

export const metaOf = (work: string): string => join(work, 'meta')

export const bootIdFile = (meta: string): string => join(meta, 'boot_id')

export const latestSlave = (meta: string): string => join(meta, 'slaves', 'latest')

/** `root` is the meta folder for the checkpoint, and the work directory for sandboxes. */
export const slaveFolder = (root: string, slaveId: string): string => join(root, 'slaves', slaveId)

export const frameworkFolder = (root: string, { slaveId, frameworkId }: Omit<RunPath, 'executorId' | 'containerId'>) =>
  join(slaveFolder(root, slaveId), 'frameworks', frameworkId)

export const executorFolder = (root: string, path: Omit<RunPath, 'containerId'>): string =>
  join(frameworkFolder(root, path), 'executors', path.executorId)

export const runFolder = (root: string, path: RunPath): string =>
  join(executorFolder(root, path), 'runs', path.containerId)

export const latestRun = (root: string, path: Omit<RunPath, 'containerId'>): string =>
  join(executorFolder(root, path), 'runs', 'latest')

export const taskFolder = (root: string, path: RunPath, taskId: string): string =>
  join(runFolder(root, path), 'tasks', taskId)
