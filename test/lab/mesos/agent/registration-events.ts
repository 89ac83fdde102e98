import type { ReregisterSlave, SlaveReregistered } from '../messages.ts'

/** What a registration asks of the agent and tells it. */
export interface RegistrationEvents {
  /** What is registered: the message without its credential and resources, which are the same each time. */
  report(): Pick<ReregisterSlave, 'tasks' | 'executor_infos' | 'frameworks'>
  /** A new id was given. */
  registered(id: string): void
  reregistered(message: SlaveReregistered): void
  /** No master, or one that does not know us yet. */
  lost(): void
  /** The agent was told to end. */
  shutdown(message: string): void
}
