import { info } from '../common/log.ts'
import type { Resource } from '../shapes.ts'
import { type Agent, isActive, longestTimerMs, machineKey, machineOf, type Offer, title } from './cluster.ts'
import { type Master, nextOfferId } from './context.ts'
import { minus, plus, sum, withRole } from './resources.ts'
import { isDone } from './tasks.ts'

/** What tasks that run and executors hold. */
export function usedOn(agent: Agent): readonly Resource[] {
  const tasks = [...agent.tasks.values()].filter((task) => !isDone(task.state)).map((task) => withRole(task.resources))
  return plus(sum(tasks), sum(agent.executors.map((executor) => withRole(executor.resources ?? []))))
}

export function offeredOn(master: Master, agentId: string): readonly Resource[] {
  const offers = [...master.cluster.offers.values()].filter((offer) => offer.agentId === agentId)
  return sum(offers.map((offer) => offer.resources))
}

/** What nobody uses and nobody was offered. */
export function freeOn(master: Master, agent: Agent): readonly Resource[] {
  return minus(withRole(agent.info.resources), plus(usedOn(agent), offeredOn(master, agent.id)))
}

/** One OFFERS event with an offer for each agent named. */
export function sendOffers(
  master: Master,
  frameworkId: string,
  role: string,
  granted: ReadonlyMap<string, readonly Resource[]>,
): void {
  const framework = master.cluster.frameworks.get(frameworkId)
  if (framework?.stream === undefined) return
  const offers = [...granted].flatMap(([agentId, resources]) => {
    const agent = master.cluster.agents.get(agentId)
    if (agent === undefined || !isActive(agent)) return []
    const offer: Offer = { id: nextOfferId(master), frameworkId, agentId, role, resources }
    master.cluster.offers.set(offer.id, offer)
    expireLater(master, offer)
    return [shown(master, offer, agent)]
  })
  if (offers.length === 0) return
  const ids = offers.map((offer) => offer.id.value).join(', ')
  info('master.cpp:9606', `Sending offers [ ${ids} ] to framework ${title(framework)}`)
  framework.stream.send({ type: 'OFFERS', offers: { offers } })
}

function shown(master: Master, offer: Offer, agent: Agent) {
  const machine = master.cluster.machines.get(machineKey(machineOf(agent.info.hostname, agent.pid)))
  const allocation = { role: offer.role }
  const { ip, port, id } = agent.pid
  return {
    id: { value: offer.id },
    framework_id: { value: offer.frameworkId },
    agent_id: { value: agent.id },
    hostname: agent.info.hostname,
    ...(agent.info.domain === undefined ? {} : { domain: agent.info.domain }),
    url: { scheme: 'http', address: { hostname: agent.info.hostname, ip, port }, path: `/${id}` },
    resources: offer.resources.map((one) => ({ ...one, allocation_info: allocation })),
    attributes: agent.info.attributes ?? [],
    allocation_info: allocation,
    ...(machine === undefined ? {} : { unavailability: machine.unavailability }),
  }
}

function expireLater(master: Master, offer: Offer): void {
  const ms = master.flags.duration('offer_timeout')
  if (ms === undefined || ms > longestTimerMs) return
  setTimeout(() => rescindOffersOf(master, ({ id }) => id === offer.id), ms)
}

/** Takes back the offers that match, and says so to who holds them. */
export function rescindOffersOf(master: Master, matches: (offer: Offer) => boolean): void {
  for (const offer of [...master.cluster.offers.values()].filter(matches)) {
    removeOffer(master, offer)
    const holder = master.cluster.frameworks.get(offer.frameworkId)
    holder?.stream?.send({ type: 'RESCIND', rescind: { offer_id: { value: offer.id } } })
  }
  master.allocator.soon()
}

export function removeOffer(master: Master, offer: Offer): void {
  info('master.cpp:11905', `Removing offer ${offer.id}`)
  master.cluster.offers.delete(offer.id)
}
