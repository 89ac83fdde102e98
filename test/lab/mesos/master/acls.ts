import { asList, asObject, type Json, parseJson } from './calls.ts'

/** Whom or what a rule is about. */
type Entity = 'ANY' | 'NONE' | readonly string[]

interface Rule {
  readonly principals: Entity
  readonly objects: Entity
}

export interface Acls {
  /** What holds where no rule fits. */
  readonly permissive: boolean
  readonly rules: Readonly<Record<string, readonly Rule[]>>
}

/** The actions that this master asks about, and how their rules name the object. */
const enforced: Readonly<Record<string, string>> = {
  register_agents: 'agents',
  register_frameworks: 'roles',
  run_tasks: 'users',
  teardown_frameworks: 'framework_principals',
  update_maintenance_schedules: 'machines',
  start_maintenances: 'machines',
  stop_maintenances: 'machines',
  mark_agents_gone: 'agents',
  drain_agents: 'agents',
  deactivate_agents: 'agents',
  reactivate_agents: 'agents',
}

/** The ACLs of a text in JSON, or the words that say what is wrong with it. */
export function parseAcls(text: string): Acls | string {
  const given = parseJson(text)
  if (given === undefined) return 'Failed to parse JSON'
  const { permissive = true, ...lists } = given
  if (typeof permissive !== 'boolean') return "Expecting a boolean for field 'permissive'"
  const rules: Record<string, readonly Rule[]> = {}
  for (const [action, list] of Object.entries(lists)) {
    const object = enforced[action]
    // Mesos knows more of them. One that nobody heeds here would let through what a real master refuses.
    if (object === undefined) return `This master has no rules for '${action}'`
    const read = asList(list).map((rule) => ruleOf(asObject(rule), object))
    if (!Array.isArray(list) || !read.every((rule) => rule !== undefined))
      return `Expecting rules for field '${action}'`
    rules[action] = read
  }
  return { permissive, rules }
}

function ruleOf(given: Json | undefined, object: string): Rule | undefined {
  const principals = entityOf(asObject(given?.principals))
  const objects = entityOf(asObject(given?.[object]))
  return principals === undefined || objects === undefined ? undefined : { principals, objects }
}

function entityOf(given: Json | undefined): Entity | undefined {
  if (given?.type === 'ANY' || given?.type === 'NONE') return given.type
  const values = asList(given?.values).filter((value) => typeof value === 'string')
  return values.length === 0 ? undefined : values
}

/** The first rule that fits both decides; who has no principal, and what has no name, stand for any. */
export function permits(
  acls: Acls,
  action: string,
  principal: string | undefined,
  object: string | undefined,
): boolean {
  const rule = acls.rules[action]?.find(
    ({ principals, objects }) => fits(principal, principals) && fits(object, objects),
  )
  if (rule === undefined) return acls.permissive
  return rule.principals !== 'NONE' && rule.objects !== 'NONE'
}

function fits(asked: string | undefined, entity: Entity): boolean {
  return entity === 'ANY' || entity === 'NONE' || (asked !== undefined && entity.includes(asked))
}
