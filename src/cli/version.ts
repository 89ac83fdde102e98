import type { Command } from 'commander'

/** `ironherd version`: one line on standard output. */
export function addVersionCommand(program: Command, version: string): void {
  program
    .command('version')
    .description('print the version')
    .action(() => {
      process.stdout.write(`ironherd ${version} (Node ${process.versions.node})\n`)
    })
}
