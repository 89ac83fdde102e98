import { info } from './log.ts'

/** What was recorded is 1.12.0; an archive of the lab may say that it holds another, for upgrades. */
export const version = process.env.LAB_MESOS_VERSION ?? '1.12.0'

export const gitSha = 'c1b42f79d157aa900be5cbb0c1023f1479962aa7'

const build = { date: '2026-11-20', time: 1795170000, user: 'root' }

/** The first three lines of a run: `places` are the lines of main.cpp, which differ between master and agent. */
export function logBuild(places: readonly [string, string, string]): void {
  info(places[0], `Build: ${build.date} by ${build.user}`)
  info(places[1], `Version: ${version}`)
  info(places[2], `Git SHA: ${gitSha}`)
}

/** `/version`, and `get_version.version_info` of `/api/v1`. */
export function versionInfo(): Readonly<Record<string, string | number>> {
  return { build_date: build.date, build_time: build.time, build_user: build.user, git_sha: gitSha, version }
}
