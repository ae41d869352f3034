import { forwardRef } from 'react'
import type { Conflict } from '../../engine/types.ts'
import type { OnResolve } from '../hooks/useResolver.ts'
import { useResolver } from '../hooks/useResolver.ts'
import type { MessagesOverride } from '../messages.ts'
import type { ClassNames } from './parts.ts'
import type { ConflictResolverPart } from './ResolverPanel.tsx'
import { ResolverPanel } from './ResolverPanel.tsx'
import { Scope } from './Scope.tsx'

export interface ConflictResolverProps {
  conflict: Conflict
  /** Resolves when the decision is stored; a rejection keeps the choice on screen and offers to try again. */
  onResolve: OnResolve
  onDismiss?: () => void
  /** ms; the provider's clock by default. */
  now?: number
  headingLevel?: 1 | 2 | 3 | 4
  classNames?: ClassNames<ConflictResolverPart>
  messages?: MessagesOverride
  id?: string
}

const Keyed = forwardRef<HTMLElement, Omit<ConflictResolverProps, 'messages'>>(function Keyed(props, ref) {
  const resolver = useResolver(props.conflict, props.onResolve)
  const { onResolve: _, ...rest } = props
  return <ResolverPanel {...rest} resolver={resolver} rootRef={ref} />
})

/** The panel alone, of native elements, for hosts with a dialog, drawer or page of their own. */
export const ConflictResolver = forwardRef<HTMLElement, ConflictResolverProps>(function ConflictResolver(
  { messages, ...props },
  ref,
) {
  return (
    <Scope messages={messages}>
      <Keyed key={props.conflict.id} {...props} ref={ref} />
    </Scope>
  )
})
