import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { startRelay } from '../../../bench/relay.ts'

it('the relay hands everything on in order, later by the delay of either direction', async () => {
  const echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')
  let delayMs = 0
  const relay = await startRelay('127.0.0.1', (echo.address() as AddressInfo).port, () => delayMs)
  const socket = connect({ host: '127.0.0.1', port: relay.port, noDelay: true })
  const there = async (text: string): Promise<number> => {
    const began = performance.now()
    socket.write(text)
    let heard = ''
    while (heard.length < text.length) heard += String((await once(socket, 'data'))[0])
    expect(heard).toBe(text)
    return performance.now() - began
  }
  await there('first')
  delayMs = 60
  expect(await there('second')).toBeGreaterThan(115)
  socket.destroy()
  relay.close()
  echo.close()
})
