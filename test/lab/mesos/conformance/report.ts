import type { Result } from './result.ts'

/** The page docs/mesos-conformance.md. */
export function report(results: readonly Result[]): string {
  const differing = results.filter(({ different }) => different.length > 0)
  const facts = results.reduce((sum, { compared }) => sum + compared, 0)
  return `# The stand-ins for Mesos against a real one

No registry carries Mesos, so the lab has programs of its own in its place (\`test/lab/mesos\`). They were made from recordings of a real
Mesos 1.12.0 (\`test/cases/mesos/recordings\`). This page is written by \`npm run conformance\`, which plays the
recorded acts on a cluster of stand-ins with a real ZooKeeper and puts what comes out beside what was recorded.

${results.length} recordings with ${facts} facts were played: ${results.length - differing.length} came out equal, ${differing.length} different.
What may differ, and why, is listed below; anything else that differs makes the run fail.

## Recordings

| recording | facts | allowed to differ | different |
| --- | --- | --- | --- |
${results.map(row).join('\n')}

## What may differ

| reason | how often |
| --- | --- |
${reasons(results).join('\n')}
`
}

function row({ recording, compared, exempt, different }: Result): string {
  const words = different.map(({ where, recorded, seen }) => `${where}: ${recorded}, here ${seen}`)
  return `| ${recording} | ${compared} | ${exempt.length} | ${words.join('; ').replaceAll('|', '\\|')} |`
}

function reasons(results: readonly Result[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const { reason } of results.flatMap(({ exempt }) => exempt)) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a).map(([reason, count]) => `| ${reason} | ${count} |`)
}
