import type { Figure } from '../model/figure.ts'
import { figureNames, figures } from './figures.ts'

/**
 * Every metric that ironherd exports, as data: the registry and docs/reference/metrics.md are both made from this list.
 * The names of the first three groups are those of controller-runtime and client-go, unchanged, so that dashboards and
 * alert rules written for any controller work here.
 */
export interface MetricDefinition {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly labels: readonly string[]
  /** Upper bounds in the metric's unit; histograms only. */
  readonly buckets?: readonly number[]
}

const passSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
]
const queueSeconds = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100, 1000]
const repairSeconds = [0.5, 1, 2, 3, 5, 8, 10, 15, 20, 30, 45, 60, 90, 120, 300, 600, 1800, 3600]

const cluster = ['kind', 'namespace', 'cluster'] as const
const member = [...cluster, 'member', 'host'] as const

const general = [
  {
    name: 'controller_runtime_reconcile_total',
    type: 'counter',
    help: 'Passes per controller, by result: success, requeue_after or error.',
    labels: ['controller', 'result'],
  },
  {
    name: 'controller_runtime_reconcile_errors_total',
    type: 'counter',
    help: 'Passes per controller that ended in an error and are tried again with back-off.',
    labels: ['controller'],
  },
  {
    name: 'controller_runtime_terminal_reconcile_errors_total',
    type: 'counter',
    help: 'Passes per controller that ended in an error which only a change of the spec can mend.',
    labels: ['controller'],
  },
  {
    name: 'controller_runtime_reconcile_time_seconds',
    type: 'histogram',
    help: 'Length of a pass per controller.',
    labels: ['controller'],
    buckets: passSeconds,
  },
  {
    name: 'controller_runtime_active_workers',
    type: 'gauge',
    help: 'Workers per controller that are in a pass now.',
    labels: ['controller'],
  },
  {
    name: 'controller_runtime_max_concurrent_reconciles',
    type: 'gauge',
    help: 'Upper bound of passes at the same time per controller.',
    labels: ['controller'],
  },
  { name: 'workqueue_depth', type: 'gauge', help: 'Objects that wait in the work queue.', labels: ['name'] },
  { name: 'workqueue_adds_total', type: 'counter', help: 'Objects put into the work queue.', labels: ['name'] },
  {
    name: 'workqueue_queue_duration_seconds',
    type: 'histogram',
    help: 'How long an object waits in the work queue before its pass begins.',
    labels: ['name'],
    buckets: queueSeconds,
  },
  {
    name: 'workqueue_work_duration_seconds',
    type: 'histogram',
    help: 'How long the pass of an object from the work queue takes.',
    labels: ['name'],
    buckets: queueSeconds,
  },
  {
    name: 'workqueue_unfinished_work_seconds',
    type: 'gauge',
    help: 'Seconds of work in progress that work_duration has not seen yet, summed over running passes.',
    labels: ['name'],
  },
  {
    name: 'workqueue_longest_running_processor_seconds',
    type: 'gauge',
    help: 'Age of the oldest running pass.',
    labels: ['name'],
  },
  {
    name: 'workqueue_retries_total',
    type: 'counter',
    help: 'Objects put back into the work queue with back-off.',
    labels: ['name'],
  },
  {
    name: 'rest_client_requests_total',
    type: 'counter',
    help: 'Requests to the Kubernetes API by status code, method and host; code <error> when no answer came.',
    labels: ['code', 'method', 'host'],
  },
  {
    name: 'leader_election_master_status',
    type: 'gauge',
    help: '1 while this process holds the lease and works, 0 while it stands by.',
    labels: ['name'],
  },
  {
    name: 'ironherd_build_info',
    type: 'gauge',
    help: 'Constant 1, labelled by the version of ironherd and of Node.',
    labels: ['version', 'node_version'],
  },
  {
    name: 'ironherd_host_reachable',
    type: 'gauge',
    help: '1 when the last look at the host came back, 0 when it did not.',
    labels: ['namespace', 'host'],
  },
  {
    name: 'ironherd_host_fenced',
    type: 'gauge',
    help: '1 while the host counts as off because its fence succeeded; no series for hosts without a fence.',
    labels: ['namespace', 'host'],
  },
  {
    name: 'ironherd_host_clock_skew_seconds',
    type: 'gauge',
    help: 'Clock of the host minus that of ironherd; no series while the host is not reachable.',
    labels: ['namespace', 'host'],
  },
  {
    name: 'ironherd_member_known',
    type: 'gauge',
    help: '1 when the member was seen in the last pass, 0 when it is unknown; then its other series are absent.',
    labels: member,
  },
  {
    name: 'ironherd_member_up',
    type: 'gauge',
    help: '1 when the member did its work in the last pass, else 0; no series while the member is unknown.',
    labels: member,
  },
  {
    name: 'ironherd_member_role',
    type: 'gauge',
    help: 'Constant 1 for the role that the member reported in the last pass.',
    labels: [...member, 'role'],
  },
  {
    name: 'ironherd_member_since_seconds',
    type: 'gauge',
    help: 'Start of the running process as seconds since the epoch; no series while none runs.',
    labels: member,
  },
  {
    name: 'ironherd_cluster_condition',
    type: 'gauge',
    help: '1 for the status (True, False or Unknown) that each condition of the cluster has, 0 for the others.',
    labels: [...cluster, 'type', 'status'],
  },
  {
    name: 'ironherd_cluster_members_desired',
    type: 'gauge',
    help: 'Members that the spec declares.',
    labels: cluster,
  },
  {
    name: 'ironherd_cluster_members_healthy',
    type: 'gauge',
    help: 'Members that did their work in the last pass.',
    labels: cluster,
  },
  {
    name: 'ironherd_cluster_quorum_margin',
    type: 'gauge',
    help: 'Serving voters minus majority: below 0 there is no quorum, at 0 no voter may be lost.',
    labels: cluster,
  },
  {
    name: 'ironherd_cluster_leader_changes_total',
    type: 'counter',
    help: 'How often another member was seen to lead than the one before: failovers, of services that have a leader.',
    labels: cluster,
  },
  {
    name: 'ironherd_plan_steps',
    type: 'gauge',
    help: 'Steps of the plan that the last pass of the cluster made.',
    labels: cluster,
  },
  {
    name: 'ironherd_repairs_total',
    type: 'counter',
    help: 'Finished repairs by cause and by who did it: ironherd, systemd, or the service itself.',
    labels: [...cluster, 'cause', 'by'],
  },
  {
    name: 'ironherd_repair_duration_seconds',
    type: 'histogram',
    help: 'From detection to the member doing its work again, by cause and by who did it.',
    labels: ['kind', 'cause', 'by'],
    buckets: repairSeconds,
  },
  {
    name: 'ironherd_repairs_open',
    type: 'gauge',
    help: 'Repairs that are detected and not finished.',
    labels: cluster,
  },
  {
    name: 'ironherd_steps_total',
    type: 'counter',
    help: 'Steps run on hosts by verb and result: done, failed, skipped or unknown.',
    labels: ['verb', 'result'],
  },
  {
    name: 'ironherd_drift_total',
    type: 'counter',
    help: 'Deviations from what is declared that a settled cluster showed, by verb of the step that mends them.',
    labels: ['kind', 'verb'],
  },
  {
    name: 'ironherd_canary_total',
    type: 'counter',
    help: 'Small writes through the services that prove that a cluster works, by result: ok or failed.',
    labels: [...cluster, 'result'],
  },
  {
    name: 'ironherd_events_dropped_total',
    type: 'counter',
    help: 'Kubernetes Events that were not written because of the rate bound or a full buffer.',
    labels: [],
  },
  {
    name: 'ironherd_ssh_round_trips_total',
    type: 'counter',
    help: 'Questions to hosts that were answered over an open SSH session, one per look or script.',
    labels: ['namespace', 'host'],
  },
  {
    name: 'ironherd_ssh_connects_total',
    type: 'counter',
    help: 'Attempts to open an SSH connection, by result: ok or the reason code of the failure.',
    labels: ['result'],
  },
] as const satisfies readonly MetricDefinition[]

export const metricDefinitions: readonly MetricDefinition[] = [
  ...general,
  ...figureNames.map((name): MetricDefinition => ({ name, type: 'gauge', ...figures[name] })),
]

export type MetricName = (typeof general)[number]['name'] | Figure
