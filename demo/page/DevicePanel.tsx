import type { ReactNode } from 'react'
import { useState } from 'react'
import type { Conflict } from '../../src/index.ts'
import type { MessagesOverride } from '../../src/react/index.ts'
import {
  ConflictList,
  ConflictResolutionModal,
  LifecycleView,
  SyncProvider,
  SyncStatus,
  useConflicts,
  useEngine,
} from '../../src/react/index.ts'
import type { Device, DeviceId } from '../device/device.ts'
import { deviceNames } from '../device/device.ts'
import { Icon } from './Icon.tsx'
import { InspectFrame } from './InspectFrame.tsx'
import { NetworkControl } from './NetworkControl.tsx'
import { useOverlayBounds } from './overlay.ts'
import { PendingChanges } from './PendingChanges.tsx'
import { Records } from './Records.tsx'
import { usePractice } from './records.ts'

const uiClock = {
  now: () => Date.now(),
  setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
  clearTimeout: (handle: unknown) => clearTimeout(handle as number),
}

/** Both devices are on one page: what is there twice has to say whose it is. */
const messagesOf = (id: DeviceId): MessagesOverride => ({
  lifecycle: { title: `${deviceNames[id]} lifecycle` },
  list: { title: (n: number) => `${deviceNames[id]} conflicts (${n})` },
})

const messages = {
  'front-desk': messagesOf('front-desk'),
  'treatment-room': messagesOf('treatment-room'),
}

export interface DevicePanelProps {
  device: Device
  isInspecting: boolean
  /** The story is about this device now. */
  isLit: boolean
}

/** One device: everything below runs on its own engine, database and network. */
export const DevicePanel = (props: DevicePanelProps): ReactNode => {
  const { device } = props
  const [overlay, setOverlay] = useState<HTMLElement | null>(null)
  return (
    <SyncProvider
      engine={device.engine}
      messages={messages[device.id]}
      clock={uiClock}
      portalContainer={overlay}
    >
      <Panel {...props} overlay={overlay} />
      {/* Dialogs of this device open over its own half of the page. */}
      <div ref={setOverlay} className="device-overlay" data-overlay={device.id} />
    </SyncProvider>
  )
}

const Panel = ({
  device,
  isInspecting,
  isLit,
  overlay,
}: DevicePanelProps & { overlay: HTMLElement | null }) => {
  const engine = useEngine()
  const practice = usePractice()
  const conflicts = useConflicts()
  const [opened, setOpened] = useState<Conflict | null>(null)
  // The one that was decided leaves the list while its dialog still says so.
  const shown = opened === null ? null : (conflicts?.find(({ id }) => id === opened.id) ?? opened)
  const open = (id: number) => setOpened(conflicts?.find((conflict) => conflict.id === id) ?? null)
  const [first] = conflicts ?? []
  useOverlayBounds(overlay, shown !== null)

  return (
    <section
      className="device"
      data-device={device.id}
      data-lit={isLit ? '' : undefined}
      aria-labelledby={`${device.id}-name`}
    >
      <header className="device-head">
        <span className="device-icon">
          <Icon name={device.id === 'front-desk' ? 'desk' : 'tablet'} />
        </span>
        <h2 id={`${device.id}-name`}>{device.name}</h2>
        <NetworkControl device={device} />
      </header>
      <div className="device-status">
        <SyncStatus onReview={() => first !== undefined && setOpened(first)} />
      </div>
      <LifecycleView />
      {isInspecting && <InspectFrame device={device} />}
      <div className="device-body">
        <Records practice={practice} title={device.name} />
        <div className="device-side">
          <PendingChanges practice={practice} title={device.name} />
          <ConflictList
            conflicts={conflicts}
            headingLevel={3}
            onResolveConflict={open}
            onBulkResolve={async (strategy, ids) => {
              for (const id of ids) await engine.conflicts.resolve(id, strategy)
            }}
          />
        </div>
      </div>
      {shown !== null && (
        <ConflictResolutionModal
          conflict={shown}
          onResolve={(strategy) => engine.conflicts.resolve(shown.id, strategy)}
          onDismiss={() => setOpened(null)}
        />
      )}
    </section>
  )
}
