import { softwareListing } from '../../src/hosts/layout.ts'
import type { FleetFacts } from '../../src/model/facts.ts'
import { answerOn } from '../../src/model/facts.ts'
import type { Question } from '../../src/model/question.ts'

/**
 * What Ansible is to check on one host: the questions that ironherd asks there, and as expected values the answers that
 * it got from the settled cluster. Only what stands as declared is taken over, so Ansible has never more to do than
 * ironherd, and sometimes less: what ironherd asks about its own journal and custody is left out.
 */
export interface HostChecks {
  readonly files: readonly { path: string; sha256: string; mode: string; owner: string; group: string }[]
  readonly directories: readonly { path: string; mode: string; owner: string; group: string }[]
  readonly units: readonly string[]
  readonly software: readonly { path: string; command: string; listing: string }[]
  readonly packages: readonly string[]
  readonly javaHomes: readonly string[]
  readonly users: readonly string[]
  readonly ports: readonly number[]
  readonly talks: readonly { address: string; port: number; send: string }[]
  readonly urls: readonly string[]
}

export function checksFor(host: string, questions: readonly Question[], facts: FleetFacts): HostChecks {
  const files = new Map<string, HostChecks['files'][number]>()
  const directories: HostChecks['directories'][number][] = []
  const software: HostChecks['software'][number][] = []
  const checks = {
    units: [] as string[],
    packages: [] as string[],
    javaHomes: [] as string[],
    users: [] as string[],
    ports: [] as number[],
    talks: [] as HostChecks['talks'][number][],
    urls: [] as string[],
  }
  for (const question of questions) {
    switch (question.ask) {
      case 'file': {
        const fact = answerOn(facts, host, question)
        if (fact.state !== 'known' || fact.value.kind !== 'file') break
        const { sha256, mode, owner, group } = fact.value
        // Asked twice, once for its content: one look at it is enough.
        files.set(question.path, { path: question.path, sha256, mode, owner, group })
        break
      }
      case 'directory': {
        const fact = answerOn(facts, host, question)
        if (fact.state !== 'known' || fact.value.kind !== 'directory') break
        const { mode, owner, group } = fact.value
        directories.push({ path: question.path, mode, owner, group })
        break
      }
      case 'unit': {
        const fact = answerOn(facts, host, question)
        if (fact.state === 'known' && fact.value.activeState === 'active') checks.units.push(question.unit)
        break
      }
      case 'software': {
        const fact = answerOn(facts, host, question)
        if (fact.state !== 'known') break
        software.push({ path: question.path, command: softwareListing(question.path), listing: fact.value.listing })
        break
      }
      case 'package':
        if (answerOn(facts, host, question).state === 'known') checks.packages.push(question.name)
        break
      case 'java': {
        const fact = answerOn(facts, host, question)
        if (fact.state === 'known') checks.javaHomes.push(fact.value.home)
        break
      }
      case 'user':
        if (answerOn(facts, host, question).state === 'known') checks.users.push(question.name)
        break
      case 'listener':
        if (answerOn(facts, host, question).state === 'known') checks.ports.push(question.port)
        break
      case 'talk': {
        const fact = answerOn(facts, host, question)
        if (fact.state !== 'known' || fact.value.outcome !== 'answered') break
        checks.talks.push({ address: question.address, port: question.port, send: question.send.trim() })
        break
      }
      case 'http': {
        const fact = answerOn(facts, host, question)
        if (fact.state !== 'known' || fact.value.status !== 200) break
        checks.urls.push(`http://${question.address}:${question.port}${question.path}`)
        break
      }
      case 'superseded':
      case 'znode':
      case 'log':
      case 'firewall':
        // What of older versions may be removed, and what is asked only when something is wrong: nothing for Ansible.
        break
    }
  }
  return { files: [...files.values()], directories, software, ...checks }
}

/** How many single checks that is. */
export function countChecks(checks: HostChecks): number {
  return Object.values(checks).reduce<number>((sum, list: readonly unknown[]) => sum + list.length, 0)
}
