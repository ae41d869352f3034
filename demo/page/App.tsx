import type { ReactNode } from 'react'
import { useState, useSyncExternalStore } from 'react'
import type { Device } from '../device/device.ts'
import type { Story } from '../story/story.ts'
import { Agreement } from './Agreement.tsx'
import { DevicePanel } from './DevicePanel.tsx'
import { Icon } from './Icon.tsx'
import { StoryPanel } from './StoryPanel.tsx'
import { useTheme } from './theme.ts'

export interface AppProps {
  devices: readonly Device[]
  tenant: string
  /** Only where both devices are on the page. */
  story: Story | null
}

const practiceName = (tenant: string) =>
  tenant
    .split(/[-_]+/)
    .filter((word) => word !== '')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ')

const noStory = { subscribe: () => () => undefined, state: () => null }

export const App = ({ devices, tenant, story }: AppProps): ReactNode => {
  const [theme, toggleTheme] = useTheme()
  const [isInspecting, setInspecting] = useState(false)
  const { subscribe, state } = story ?? noStory
  const told = useSyncExternalStore(subscribe, state)
  return (
    <div className="page">
      <header className="page-head">
        <div className="brand">
          <svg className="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="9" />
            <path d="M9.5 13.5a7 7 0 0 1 12.3-2.3M22.5 18.5a7 7 0 0 1-12.3 2.3" />
            <path d="M22.2 7.3v4.2H18M9.8 24.7v-4.2H14" />
          </svg>
          <div>
            <h1>Synchart</h1>
            <p>
              {practiceName(tenant)}, veterinary practice
              <span className="brand-more">
                {' '}
                · {devices.length === 1 ? devices[0]?.name : 'two devices, each with its own database'}
              </span>
            </p>
          </div>
        </div>
        <div className="tools">
          <label className="inspect-switch">
            <input
              type="checkbox"
              role="switch"
              checked={isInspecting}
              aria-checked={isInspecting}
              onChange={(event) => setInspecting(event.target.checked)}
            />
            <span className="switch-track" aria-hidden="true" />
            Inspect
          </label>
          <button
            type="button"
            className="button quiet icon-button"
            onClick={toggleTheme}
            aria-label={theme === 'dark' ? 'Light theme' : 'Dark theme'}
          >
            <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
          </button>
        </div>
      </header>
      <main>
        {story !== null && told !== null && (
          <StoryPanel story={story} told={told}>
            <Agreement devices={devices} />
          </StoryPanel>
        )}
        <div className="devices" data-count={devices.length}>
          {devices.map((device) => (
            <div key={device.id} className="device-column">
              <DevicePanel
                device={device}
                isInspecting={isInspecting}
                isLit={told?.phase === 'playing' && told.about.includes(device.id)}
              />
            </div>
          ))}
        </div>
      </main>
    </div>
  )
}
