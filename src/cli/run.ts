import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import type { LogLevel } from '../telemetry/log.ts'
import { splitAddress } from '../telemetry/server.ts'

export interface RunSettings {
  /** '': KUBECONFIG, ~/.kube/config, or the Pod's own service account. */
  readonly kubeconfig: string
  /** Empty: all. */
  readonly namespaces: readonly string[]
  readonly cacheDirectory: string
  readonly metricsAddress: string
  readonly leaseNamespace: string
  readonly pollMs: number
  readonly canaryMs: number
  readonly softwareCheckMs: number
  readonly logLevel: LogLevel
}

/** `ironherd run`: the daemon. */
export function addRunCommand(program: Command, run: (settings: RunSettings) => Promise<void>): void {
  program
    .command('run')
    .description('keep the clusters that are declared in a Kubernetes API server, until told to stop')
    .option('--kubeconfig <file>', 'default: $KUBECONFIG, ~/.kube/config, or the service account of the Pod', '')
    .option('--namespace <name>', 'follow the objects of this namespace only; may be given several times', collect, [])
    .option('--cache-dir <directory>', 'where software archives are kept, each fetched once', '/var/cache/ironherd')
    .option(
      '--metrics-address <host:port>',
      'where /metrics, /healthz and /readyz are served; :8090 is every address',
      hostAndPort,
      '127.0.0.1:8090',
    )
    .option('--lease-namespace <name>', 'namespace of the lease and of the epoch', 'ironherd-system')
    .option('--poll-seconds <seconds>', 'every object is looked at again after so long', number(1, 300), 5)
    .option('--canary-seconds <seconds>', 'between two small writes that prove a cluster', number(10, 3600), 120)
    .option(
      '--software-check-hours <hours>',
      'every byte of installed software is read once in so long',
      number(0.01, 720),
      6,
    )
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .action((options: RunOptions) =>
      run({
        kubeconfig: options.kubeconfig,
        namespaces: options.namespace,
        cacheDirectory: options.cacheDir,
        metricsAddress: options.metricsAddress,
        leaseNamespace: options.leaseNamespace,
        pollMs: options.pollSeconds * 1000,
        canaryMs: options.canarySeconds * 1000,
        softwareCheckMs: options.softwareCheckHours * 3_600_000,
        logLevel: options.logLevel,
      }),
    )
}

/** As commander names them. */
interface RunOptions {
  readonly kubeconfig: string
  readonly namespace: readonly string[]
  readonly cacheDir: string
  readonly metricsAddress: string
  readonly leaseNamespace: string
  readonly pollSeconds: number
  readonly canarySeconds: number
  readonly softwareCheckHours: number
  readonly logLevel: LogLevel
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function hostAndPort(value: string): string {
  try {
    splitAddress(value)
    return value
  } catch {
    throw new InvalidArgumentError('It must be host:port, [IPv6]:port or :port.')
  }
}

function number(least: number, most: number): (value: string) => number {
  return (value) => {
    const given = Number(value)
    if (value.trim() === '' || !Number.isFinite(given) || given < least || given > most) {
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`)
    }
    return given
  }
}
