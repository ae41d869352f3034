import type { ReactNode } from 'react'
import type { Device } from '../device/device.ts'
import { useAgreement } from './agreement.ts'
import { Icon } from './Icon.tsx'

/** The question the whole page is about, answered at every moment: do both devices show the same? */
export const Agreement = ({ devices }: { devices: readonly Device[] }): ReactNode => {
  const agreement = useAgreement(devices)
  const isSame = agreement !== null && agreement.different === 0
  const count = agreement === null ? 0 : isSame ? agreement.shared : agreement.different
  const records = `${count} ${count === 1 ? 'record' : 'records'}`
  return (
    <p className="agreement" data-agree={isSame ? '' : undefined} data-different={agreement?.different}>
      <Icon name={isSame ? 'equal' : 'clock'} />
      {agreement === null
        ? 'Reading both devices…'
        : isSame
          ? `Both devices show the same ${records}`
          : `${records} ${count === 1 ? 'differs' : 'differ'} between the devices`}
    </p>
  )
}
