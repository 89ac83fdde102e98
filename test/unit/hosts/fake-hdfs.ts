import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeHdfs {
  readonly nameNodePort: number
  readonly dataNodePort: number
  readonly files: Map<string, string>
  /** In order, e.g. `NameNode PUT /f?op=CREATE`. */
  readonly calls: string[]
  readonly behaviour: {
    standby: boolean
    safeMode: boolean
    /** Takes calls and never answers them. */
    silent: 'NameNode' | 'DataNode' | 'nobody'
    /** Where the NameNode sends its clients instead; undefined: without any place. */
    sends: { readonly to: string | undefined } | 'well'
    /** Exception of a DataNode. */
    dataNodeError: string
    /** What reads bring instead of what was written. */
    lie: string | undefined
    /** The DataNode ends in the middle of an answer. */
    cut: boolean
  }
  close(): void
}

interface Said {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * As much of WebHDFS as one client with one file needs, strict in what its REST API documents: two steps, the first without
 * data, names and values of the query, the length given.
 */
export async function fakeHdfs(): Promise<FakeHdfs> {
  const behaviour: FakeHdfs['behaviour'] = {
    standby: false,
    safeMode: false,
    silent: 'nobody',
    sends: 'well',
    dataNodeError: '',
    lie: undefined,
    cut: false,
  }
  const files = new Map<string, string>()
  const calls: string[] = []
  const nameNode = await serverOf('NameNode', (method, url, body) => {
    const op = operationOf(method, url)
    const path = url.pathname.replace('/webhdfs/v1', '')
    if (op === undefined || body !== '') return exception(400, 'IllegalArgumentException', `${method} ${url.search}`)
    if (behaviour.standby) {
      const words = 'Operation category READ is not supported in state standby. Visit https://s.apache.org/sbnn-error'
      return exception(403, 'StandbyException', words)
    }
    if (behaviour.safeMode && op === 'CREATE') {
      return exception(
        403,
        'SafeModeException',
        `Cannot create file${path}. Name node is in safe mode.\\nThe reported blocks`,
      )
    }
    if (op === 'OPEN' && !files.has(path))
      return exception(404, 'FileNotFoundException', `File does not exist: ${path}`)
    const query = op === 'CREATE' ? '&createflag=&createparent=true&overwrite=true' : '&offset=0'
    const well = `http://127.0.0.1:${String(dataNodePort)}${url.pathname}?op=${op}&user.name=hdfs&namenoderpcaddress=ns${query}`
    const to = behaviour.sends === 'well' ? well : behaviour.sends.to
    return { status: 307, ...(to === undefined ? {} : { headers: { location: to } }) }
  })
  const dataNode = await serverOf('DataNode', (method, url, body) => {
    const op = operationOf(method, url)
    const path = url.pathname.replace('/webhdfs/v1', '')
    if (op === undefined || !url.searchParams.has('namenoderpcaddress')) {
      return exception(400, 'IllegalArgumentException', `${method} ${url.search}`)
    }
    if (behaviour.dataNodeError !== '') return exception(500, 'IOException', behaviour.dataNodeError)
    if (op === 'CREATE') {
      files.set(path, body)
      return { status: 201, headers: { location: `hdfs://ns${path}` } }
    }
    return { status: 200, body: behaviour.lie ?? files.get(path) ?? '' }
  })
  const { port: nameNodePort } = nameNode.address() as AddressInfo
  const { port: dataNodePort } = dataNode.address() as AddressInfo
  return {
    nameNodePort,
    dataNodePort,
    files,
    calls,
    behaviour,
    close: () => {
      for (const server of [nameNode, dataNode]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }

  async function serverOf(who: 'NameNode' | 'DataNode', answer: (method: string, url: URL, body: string) => Said) {
    const server = http.createServer((request, response) => {
      const { headers, method = '' } = request
      const url = new URL(request.url ?? '', `http://${headers.host ?? ''}`)
      calls.push(`${who} ${method} ${url.pathname.replace('/webhdfs/v1', '')}?op=${url.searchParams.get('op') ?? ''}`)
      if (behaviour.silent === who) return
      let body = ''
      request.on('data', (part: Buffer) => {
        body += part.toString()
      })
      request.once('end', () => {
        const isMine = headers.host === `127.0.0.1:${String((server.address() as AddressInfo).port)}`
        const isLong = method !== 'PUT' || headers['content-length'] === String(body.length)
        const isRight = isMine && isLong && url.pathname.startsWith('/webhdfs/v1/')
        const said = isRight
          ? answer(method, url, body)
          : exception(400, 'IllegalArgumentException', JSON.stringify(headers))
        response.writeHead(said.status, { 'content-length': said.body?.length ?? 0, ...said.headers })
        if (behaviour.cut && who === 'DataNode') {
          response.flushHeaders()
          setTimeout(() => response.destroy(), 20)
        } else response.end(said.body)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }
}

/** The operation when method and query are as documented for it, and in the name of hdfs. */
function operationOf(method: string, { searchParams }: URL): 'CREATE' | 'OPEN' | undefined {
  const op = searchParams.get('op')
  if (searchParams.get('user.name') !== 'hdfs') return undefined
  if (op === 'CREATE' && method === 'PUT' && searchParams.get('overwrite') === 'true') return op
  return op === 'OPEN' && method === 'GET' ? op : undefined
}

function exception(status: number, name: string, message: string): Said {
  const body = `{"RemoteException":{"exception":"${name}","javaClassName":"org.apache.${name}","message":"${message.replaceAll('"', '\\"')}"}}`
  return { status, headers: { 'content-type': 'application/json' }, body }
}
