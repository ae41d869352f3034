import { createContext, useContext } from 'react'
import type { SyncEngine } from '../engine/types.ts'
import type { EntityType, Schema } from '../protocol/schema.ts'
import type { Messages } from './messages.ts'
import { en } from './messages.ts'

/** Time for screens. Without one nothing is shown relative to now; without its timers nothing ticks. */
export interface UiClock {
  /** ms since 1970 */
  now(): number
  setTimeout?(run: () => void, ms: number): unknown
  clearTimeout?(handle: unknown): void
}

export interface UiSettings {
  /** `null` outside a provider, or where a host uses the components without an engine. */
  engine: SyncEngine | null
  /** Labels, order and formats of fields; the engine's own by default. */
  schema: Pick<Schema, 'types'> | null
  messages: Messages
  /** BCP 47; the browser's by default. */
  locale: string | undefined
  timeZone: string | undefined
  clock: UiClock | null
  /** Set on every component's root, so that what is shown in a portal follows. */
  dir: 'ltr' | 'rtl' | undefined
  theme: 'light' | 'dark' | undefined
  palette: 'cvd' | undefined
  portalContainer: HTMLElement | null | undefined
}

export const defaultSettings: UiSettings = {
  engine: null,
  schema: null,
  messages: en,
  locale: undefined,
  timeZone: undefined,
  clock: null,
  dir: undefined,
  theme: undefined,
  palette: undefined,
  portalContainer: undefined,
}

export const SettingsContext = createContext<UiSettings>(defaultSettings)

export const useSettings = (): UiSettings => useContext(SettingsContext)

export const useMessages = (): Messages => useContext(SettingsContext).messages

/** The engine of the nearest `SyncProvider`, or the one that is given. */
export const useEngine = (given?: SyncEngine): SyncEngine => {
  const { engine } = useSettings()
  const found = given ?? engine
  if (found === null) {
    throw new Error(
      'No sync engine: wrap the app in <SyncProvider engine={engine}>, with an engine created outside React by createSyncEngine.',
    )
  }
  return found
}

export const useEntityType = (name: string): EntityType | null => {
  const { schema } = useSettings()
  return schema !== null && Object.hasOwn(schema.types, name) ? (schema.types[name] ?? null) : null
}

/** What the root of a component, or of a portal, carries so that styles and direction reach it. */
export interface RootAttributes {
  'data-synchart': ''
  'data-sc-theme'?: 'light' | 'dark'
  'data-sc-palette'?: 'cvd'
  dir?: 'ltr' | 'rtl'
}

export const useRootAttributes = (): RootAttributes => {
  const { theme, palette, dir } = useSettings()
  return {
    'data-synchart': '',
    ...(theme === undefined ? {} : { 'data-sc-theme': theme }),
    ...(palette === undefined ? {} : { 'data-sc-palette': palette }),
    ...(dir === undefined ? {} : { dir }),
  }
}
