// Imported first by every tool: an old Node would fail later, and with a message about syntax.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `This is Node ${process.versions.node}; ironherd needs 22.19 or newer. ` +
      `"npm ci" installs one into node_modules/.bin: start the tools with "npm run …", which finds it there.\n`,
  )
  process.exit(1)
}
