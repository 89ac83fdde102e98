import { lastWords, type Scenario } from './scenario.ts'

const aliveSeconds = 4

/** 10: a master without one of its flags. */
export const masterWithoutFlags: Scenario = async ({ cluster, facts, text }) => {
  await cluster.zookeeper.start()
  for (const flag of ['quorum', 'zk', 'work_dir']) {
    const recorded = facts.recorded(new RegExp(`no --${flag} -> (.*)$`, 'm'))
    const master = cluster.startMaster(1, [`--${flag}=`])
    facts.equal(`exit code without --${flag}`, recorded, String(await master.end(aliveSeconds)))
    await master.kill()
    if (recorded !== 'still running')
      facts.equal(`last words without --${flag}`, said(text, `no --${flag} ->`), lastWords(master.output))
  }
}

/** 49: mistakes in an agent's flags, with what makes each of them. */
export const agentMistakes: Scenario = async ({ cluster, facts, text }) => {
  await cluster.start(1, 0, ['--quorum=1'])
  const mistakes: readonly (readonly [string, string])[] = [
    ['no --work_dir', '--work_dir='],
    ['no --master', '--master='],
    ['unknown isolator', '--isolation=posix/cpu,no/such,filesystem/posix'],
    ['bad --resources', '--resources=cpus:abc'],
    ['attribute without colon', '--attributes=garbage'],
    ['wrong --launcher_dir', '--launcher_dir=/no/such/directory'],
    ['--ip that is not here', '--ip=10.9.9.9'],
  ]
  for (const [name, flag] of mistakes) {
    const recorded = facts.recorded(new RegExp(`\\] ${name} -> exit (.*)$`, 'm'))
    const agent = cluster.startAgent(1, [flag])
    facts.equal(`exit code: ${name}`, recorded, String(await agent.end(aliveSeconds)))
    await agent.kill()
    facts.equal(`last words: ${name}`, said(text, `] ${name} ->`), lastWords(agent.output))
  }
}

/** The last words between a note and the next one. */
function said(text: string, note: string): string {
  const from = text.indexOf(note)
  const rest = text.slice(text.indexOf('\n', from) + 1)
  const end = rest.search(/^\[\d\d:/m)
  return lastWords(end < 0 ? rest : rest.slice(0, end))
}
