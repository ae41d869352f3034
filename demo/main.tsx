import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/reset.css'
import '../src/react/styles.css'
import './styles/page.css'
import './styles/story.css'
import './styles/device.css'
import './styles/records.css'
import type { Device, DeviceId } from './device/device.ts'
import { createDevice, deviceNames, isDeviceId, paces } from './device/device.ts'
import { App } from './page/App.tsx'
import type { Story } from './story/story.ts'
import { createStory } from './story/story.ts'

declare global {
  interface Window {
    /** For tests and for whoever looks from the console: the engines of this page, and what they run on. */
    __synchart: { devices: Partial<Record<DeviceId, Device>>; story: Story | null }
  }
}

const parameters = new URLSearchParams(location.search)
const tenant = parameters.get('tenant') ?? 'happy-paws'
const speed = parameters.get('speed') === 'fast' ? 'fast' : 'human'
const only = parameters.get('device')
const ids = isDeviceId(only) ? [only] : (Object.keys(deviceNames) as DeviceId[])

// Outside React: a component that is mounted twice must not sync twice.
const devices = ids.map((id) => createDevice(id, tenant, paces[speed]))
const [front, treatment] = devices
const story = front !== undefined && treatment !== undefined ? createStory(front, treatment, speed) : null
window.__synchart = { devices: Object.fromEntries(devices.map((device) => [device.id, device])), story }

const root = document.getElementById('root')
if (root === null) throw new Error('The page has no root.')
createRoot(root).render(
  <StrictMode>
    <App devices={devices} tenant={tenant} story={story} />
  </StrictMode>,
)
