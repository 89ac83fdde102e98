import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Lab, startLab } from '../test/lab/index.ts'
import { type Ansible, setUpAnsible } from './ansible/run.ts'
import { exampleSnapshot } from './ironherd/example-snapshot.ts'
import { localArchives } from './ironherd/local-archives.ts'
import { createPasses, type Passes } from './ironherd/passes.ts'
import { SnapshotStore } from './ironherd/snapshot-store.ts'
import { checksFor, type HostChecks } from './peers/checks.ts'
import { awaitScript, type Wanted, wantedOf } from './peers/wanted.ts'
import { type Pyinfra, setUpPyinfra } from './pyinfra/run.ts'
import { installPythonTool } from './python-tool.ts'

export type Log = (line: string) => void

/** What ironherd and its peers are asked to do on a lab's hosts. */
export interface Work {
  readonly checks: Readonly<Record<string, HostChecks>>
  readonly wanted: Readonly<Record<string, Wanted>>
}

export interface Peers {
  readonly ansible: Ansible
  readonly pyinfra: Pyinfra
}

/** A lab on which ironherd has installed the examples, with the peers set up for the same work. */
export interface Site extends Work, Peers {
  readonly lab: Lab
  readonly store: SnapshotStore
  readonly passes: Passes
  close(): Promise<void>
}

/** Hosts with Python, which is for the peers; without an API server, which is not part of what is compared. */
export function bareLab(hosts: number, log: Log): Promise<Lab> {
  return startLab({ hosts, withPython: true, controlPlane: false, log })
}

export async function startSite(hosts: number, log: Log): Promise<Site> {
  const pythons = await installPeers(log)
  const lab = await bareLab(hosts, log)
  const store = new SnapshotStore(exampleSnapshot(lab, new Date()))
  const passes = createPasses(store, localArchives(lab))
  try {
    log('ironherd installs and starts ZooKeeper and Spark')
    await passes.settle(10 * 60_000)
    // The services are still busy with their start.
    await sleep(20_000)
    await passes.settle(60_000)
    await passes.once()
    const work = workOf(lab, passes)
    const peers = setUpPeers(pythons, lab, work)
    return {
      lab,
      store,
      passes,
      ...work,
      ...peers,
      async close() {
        log('taking the lab down')
        await peers.ansible.close()
        await passes.close()
        await lab.down()
      },
    }
  } catch (error) {
    await passes.close()
    await lab.down()
    throw error
  }
}

export interface Pythons {
  readonly ansible: string
  readonly pyinfra: string
}

export async function installPeers(log: Log): Promise<Pythons> {
  return { ansible: await installPythonTool('ansible-core', log), pyinfra: await installPythonTool('pyinfra', log) }
}

export function setUpPeers(pythons: Pythons, lab: Lab, { checks, wanted }: Work): Peers {
  return {
    ansible: setUpAnsible(pythons.ansible, lab, wanted, checks),
    pyinfra: setUpPyinfra(pythons.pyinfra, lab, wanted, checks),
  }
}

/** From what ironherd asked and did there. */
export function workOf(lab: Lab, passes: Passes): Work {
  const facts = passes.facts()
  const checks = Object.fromEntries(
    [...passes.lastLooks].map(([host, { questions }]) => [host, checksFor(host, questions, facts)]),
  )
  const archive = (digest: string): string => {
    const found = Object.values(lab.artifacts).find(({ sha512 }) => digest === `sha512:${sha512}`)
    if (found === undefined) throw new Error(`the lab has no archive with ${digest}`)
    return found.file
  }
  const wanted = Object.fromEntries(
    Object.entries(checks).map(([host, own]) => {
      return [host, { ...wantedOf(passes.done.get(host) ?? [], archive), await: awaitScript(own) }]
    }),
  )
  return { checks, wanted }
}

/** Where a fresh process finds the objects as they stand. */
export function writeSnapshot({ lab, store }: Site): string {
  const dir = join(lab.dir, 'bench')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  writeFileSync(join(dir, 'snapshot.json'), JSON.stringify(store.snapshot()), { mode: 0o600 })
  return join(dir, 'snapshot.json')
}
