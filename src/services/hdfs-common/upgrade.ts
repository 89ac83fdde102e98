import { jsonOf } from '../common/http.ts'
import { type Rules, ruleOf } from './rules.ts'

/** How far a rolling upgrade is, as it is told to those who judge the daemons (`rules.upgrade` of a NameNode). */
export interface UpgradeStage {
  /**
   * None: there is none. Prepare: its image for a rollback is to be made. Names, Nodes: whose turn it is. Finalize: all run what is
   * declared, and it is still to be ended. Ending: it was, and some NameNode does not say so yet. Unheard: no NameNode says how far it is, and everybody stays as it is.
   */
  readonly stage: 'None' | 'Prepare' | 'Names' | 'Nodes' | 'Finalize' | 'Ending' | 'Unheard'
  /** The version before, '' where none is under way. */
  readonly from: string
  /** The version that is gone to: the one before when it is taken back. */
  readonly to: string
}

export const noUpgrade: UpgradeStage = { stage: 'None', from: '', to: '' }

const stages = ['None', 'Prepare', 'Names', 'Nodes', 'Finalize', 'Ending', 'Unheard'] as const

export function upgradeIn(rules: Rules): UpgradeStage {
  const value = jsonOf(ruleOf(rules, 'upgrade'))
  const { from = '', stage, to = '' } = (value ?? {}) as Readonly<Record<string, unknown>>
  return { stage: stages.find((one) => one === stage) ?? 'None', from: String(from), to: String(to) }
}

/** Where copies of the images in a name directory are kept. */
export function imagesOf(nameDir: string): string {
  return `${nameDir}.images`
}
