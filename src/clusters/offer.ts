import { clusterStatus } from '../api/status.ts'
import type { Resource } from '../model/object.ts'

/** Whether an object's last status says that it does its work. One without status, or about to be deleted, does not. */
export function availableOf(object: Resource): { readonly available: boolean; readonly why: string } {
  if (object.metadata.deletionTimestamp !== undefined) return { available: false, why: 'it is being deleted' }
  const status = clusterStatus.safeParse(object.status ?? {})
  const condition = status.data?.conditions?.find((found) => found.type === 'Available')
  if (condition === undefined) return { available: false, why: 'it has not said yet whether it is available' }
  return { available: condition.status === 'True', why: `${condition.reason}: ${condition.message}` }
}
