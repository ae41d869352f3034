import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'
import { statelyInspector } from '../../src/inspector/index.ts'
import type { Device } from '../device/device.ts'

/** The machines of one device, live, on a page of our own that is fed by `@statelyai/inspect`. */
export const InspectFrame = ({ device }: { device: Device }): ReactNode => {
  const frame = useRef<HTMLIFrameElement | null>(null)
  useEffect(() => {
    if (frame.current === null) return
    let stop: (() => void) | null = null
    let isOver = false
    const start = async (iframe: HTMLIFrameElement) => {
      const inspector = await statelyInspector({ url: '/inspector.html', iframe })
      if (isOver) {
        inspector.stop()
        return
      }
      const detach = device.hub.attach(inspector.inspect)
      stop = () => {
        detach()
        inspector.stop()
      }
    }
    void start(frame.current)
    return () => {
      isOver = true
      stop?.()
    }
  }, [device])
  return <iframe ref={frame} className="inspect-frame" title={`Machines of ${device.name}, live`} />
}
