// What was done to an HDFS, read from the steps that its hosts have recorded.

/** `member verb` of the steps (`time host member verb`) of members whose id matches. */
export function verbsOn(steps: readonly string[], member: RegExp): readonly string[] {
  return steps
    .map((line) => line.split(' '))
    .flatMap(([, , of = '', verb = '']) => (member.test(of) ? [`${of} ${verb}`] : []))
}

/** One handover, and nobody who was active at the time was restarted. */
export function onlyStandbysRestarted(steps: readonly string[], led: string): void {
  const other = led === 'nn1' ? 'nn2' : 'nn1'
  const names = verbsOn(steps, /^hdfs-(namenode|zkfc)-/)
  const [own, others] = [`hdfs-namenode-${led}`, `hdfs-namenode-${other}`]
  const handover = names.findIndex((step) => step.endsWith('FailOver'))
  const at = (step: string): number => names.indexOf(step)
  const right =
    names.filter((step) => step.endsWith('FailOver')).length === 1 &&
    at(`${others} RestartUnit`) >= 0 &&
    at(`${others} RestartUnit`) < handover &&
    handover < at(`${own} RestartUnit`)
  if (!right) throw new Error(`${led} was active, and done was: ${names.join(', ')}`)
}
