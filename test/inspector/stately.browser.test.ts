import { afterEach, expect, test, vi } from 'vitest'
import { createActor, createMachine } from 'xstate'
import { inspectionHub, statelyInspector } from '../../src/inspector/index.ts'

const frames: HTMLIFrameElement[] = []

afterEach(() => {
  for (const frame of frames.splice(0)) frame.remove()
})

/** A receiver as `createBrowserReceiver` makes one: it says that it is there while it is still loading, and listens. */
const receiver = () => {
  const source = `<script>
    window.heard = []
    addEventListener('message', (event) => heard.push(event.data))
    parent.postMessage({ type: '@statelyai.connected' }, '*')
  </script>`
  const frame = document.createElement('iframe')
  document.body.append(frame)
  frames.push(frame)
  const heard = () =>
    (
      frame.contentWindow as unknown as {
        heard?: { type: string; name?: string; snapshot?: { value?: unknown } }[]
      }
    ).heard ?? []
  return { frame, url: URL.createObjectURL(new Blob([source], { type: 'text/html' })), heard }
}

const lamp = (id: string) =>
  createMachine({
    id,
    context: { secret: 'kept here' },
    initial: 'off',
    states: { off: { on: { flip: 'on' } }, on: { on: { flip: 'off' } } },
  })

test('INS5 two inspectors on one page each feed their own frame, and stop', async () => {
  const [a, b] = [receiver(), receiver()]
  const [hubA, hubB] = [inspectionHub(), inspectionHub()]
  const actorA = createActor(lamp('a'), { id: 'a', inspect: hubA.inspect }).start()
  createActor(lamp('b'), { id: 'b', inspect: hubB.inspect }).start()
  const inspectorA = await statelyInspector({ url: a.url, iframe: a.frame })
  const inspectorB = await statelyInspector({ url: b.url, iframe: b.frame })
  hubA.attach(inspectorA.inspect)
  hubB.attach(inspectorB.inspect)

  await vi.waitFor(() => expect(a.heard().map(({ name }) => name)).toContain('a'))
  await vi.waitFor(() => expect(b.heard().map(({ name }) => name)).toContain('b'))
  expect(b.heard().map(({ name }) => name)).not.toContain('a')
  expect(JSON.stringify(a.heard().find(({ type }) => type === '@xstate.actor'))).not.toContain(
    '"context\\":{\\"secret',
  )

  actorA.send({ type: 'flip' })
  await vi.waitFor(() => expect(a.heard().at(-1)?.snapshot?.value).toBe('on'))

  inspectorA.stop()
  await vi.waitFor(() => expect(a.heard().at(-1)?.type).toBe('@statelyai.disconnected'))
  const before = a.heard().length
  actorA.send({ type: 'flip' })
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(a.heard()).toHaveLength(before)
})

test('INS5 a context may be left out altogether', async () => {
  const { frame, url, heard } = receiver()
  const hub = inspectionHub()
  createActor(lamp('c'), { id: 'c', inspect: hub.inspect }).start()
  const inspector = await statelyInspector({ url, iframe: frame, sanitizeContext: () => ({}) })
  hub.attach(inspector.inspect)
  await vi.waitFor(() => expect(heard().length).toBeGreaterThan(0))
  expect(JSON.stringify(heard())).not.toContain('kept here')
  inspector.stop()
})
