import type { ReactNode } from 'react'
import { useId, useSyncExternalStore } from 'react'
import type { Device } from '../device/device.ts'

/** The switch of one device's network, and the fault that shows why an operation may be sent twice and counts once. */
export const NetworkControl = ({ device }: { device: Device }): ReactNode => {
  const { network } = device
  const state = useSyncExternalStore(network.subscribe, network.state)
  const id = useId()
  const option = (isOn: boolean, label: string) => (
    <label className="switch-option" data-checked={state.isOn === isOn ? '' : undefined}>
      <input
        type="radio"
        name={id}
        checked={state.isOn === isOn}
        onChange={() => network.turn(isOn)}
        data-network={isOn ? 'on' : 'off'}
      />
      {label}
    </label>
  )
  return (
    <div className="network">
      <fieldset className="switch">
        <legend className="sr-only">Network of {device.name}</legend>
        {option(true, 'Online')}
        {option(false, 'Offline')}
      </fieldset>
      <label
        className="lose"
        title="The next upload reaches the server, and its answer is lost on the way back."
      >
        <input
          type="checkbox"
          checked={state.losesNextAnswer}
          onChange={(event) => network.loseNextAnswer(event.target.checked)}
          data-network="lose"
        />
        Lose the next answer
      </label>
    </div>
  )
}
