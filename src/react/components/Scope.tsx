import type { ReactNode } from 'react'
import type { MessagesOverride } from '../messages.ts'
import { SyncProvider } from '../SyncProvider.tsx'

/** A component's own `messages` reach everything inside it. */
export const Scope = ({
  messages,
  children,
}: {
  messages: MessagesOverride | undefined
  children: ReactNode
}) => (messages === undefined ? children : <SyncProvider messages={messages}>{children}</SyncProvider>)
