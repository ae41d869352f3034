import { Dialog } from '@base-ui/react/dialog'
import type { ReactNode } from 'react'
import { forwardRef, useId, useRef } from 'react'
import type { Conflict } from '../../engine/types.ts'
import { useMessages, useRootAttributes, useSettings } from '../context.ts'
import type { OnResolve } from '../hooks/useResolver.ts'
import { useResolver } from '../hooks/useResolver.ts'
import { useReturnFocus } from '../hooks/useReturnFocus.ts'
import type { MessagesOverride } from '../messages.ts'
import { Icon } from './Icon.tsx'
import type { ClassNames } from './parts.ts'
import { partsOf } from './parts.ts'
import type { ConflictResolverPart } from './ResolverPanel.tsx'
import { ResolverPanel } from './ResolverPanel.tsx'
import { Scope } from './Scope.tsx'

export type ConflictResolutionModalPart = ConflictResolverPart | 'backdrop' | 'viewport' | 'modal' | 'close'

export interface ConflictResolutionModalProps {
  conflict: Conflict
  /** Resolves when the decision is stored; a rejection keeps the choice on screen and offers to try again. */
  onResolve: OnResolve
  /** Somebody leaves: by Esc, by a button, or by pressing outside. Leaving decides nothing. */
  onDismiss: () => void
  /** Shown while it is mounted, by default. */
  open?: boolean
  /** ms; the provider's clock by default. */
  now?: number
  classNames?: ClassNames<ConflictResolutionModalPart>
  messages?: MessagesOverride
  id?: string
}

type ModalProps = Omit<ConflictResolutionModalProps, 'messages'> & { returnFocus: () => HTMLElement | null }

const Modal = forwardRef<HTMLDivElement, ModalProps>(function Modal(props, ref): ReactNode {
  const { conflict, onResolve, onDismiss, open = true } = props
  const resolver = useResolver(conflict, onResolve)
  const { portalContainer } = useSettings()
  const messages = useMessages()
  const root = useRootAttributes()
  const part = partsOf(props.classNames)
  const titleRef = useRef<HTMLHeadingElement | null>(null)
  const titleId = useId()
  const metaId = useId()
  const { phase } = resolver.state
  const hasDraft = phase !== 'choosing' && phase !== 'resolved'

  return (
    <Dialog.Root
      open={open}
      disablePointerDismissal={hasDraft}
      onOpenChange={(isOpen, details) => {
        if (isOpen) return
        if (details.reason === 'escape-key' && (phase === 'previewing' || phase === 'applyFailed')) {
          details.cancel()
          resolver.back()
          return
        }
        onDismiss()
      }}
    >
      <Dialog.Portal container={portalContainer ?? undefined}>
        <Dialog.Backdrop {...root} {...part('backdrop')} />
        <Dialog.Viewport {...root} {...part('viewport')}>
          <Dialog.Popup
            ref={ref}
            id={props.id}
            {...root}
            {...part('modal')}
            data-state={phase}
            aria-labelledby={titleId}
            aria-describedby={metaId}
            initialFocus={titleRef}
            finalFocus={props.returnFocus}
          >
            <ResolverPanel
              conflict={conflict}
              resolver={resolver}
              onDismiss={onDismiss}
              now={props.now}
              classNames={props.classNames}
              titleId={titleId}
              metaId={metaId}
              titleRef={titleRef}
            />
            {/* Last in the order of focus: the way from the title to a decision is one Tab. */}
            <Dialog.Close {...part('close')} aria-label={messages.close}>
              <Icon name="close" />
            </Dialog.Close>
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  )
})

/** One conflict in a dialog. Closing never decides. */
export const ConflictResolutionModal = forwardRef<HTMLDivElement, ConflictResolutionModalProps>(
  function ConflictResolutionModal({ messages, ...props }, ref) {
    // Outlives the single conflict: after a row of them, focus belongs where the first one was opened.
    const returnFocus = useReturnFocus(props.open ?? true)
    return (
      <Scope messages={messages}>
        <Modal key={props.conflict.id} {...props} returnFocus={returnFocus} ref={ref} />
      </Scope>
    )
  },
)
