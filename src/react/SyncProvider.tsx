import type { ReactNode } from 'react'
import { useMemo } from 'react'
import type { SyncEngine } from '../engine/types.ts'
import type { Schema, SchemaDefinition } from '../protocol/schema.ts'
import type { UiClock, UiSettings } from './context.ts'
import { SettingsContext, useSettings } from './context.ts'
import type { MessagesOverride } from './messages.ts'
import { withMessages } from './messages.ts'

export interface SyncProviderProps<D extends SchemaDefinition = SchemaDefinition> {
  /** Created outside React: React may mount and unmount as it likes, the engine goes on. */
  engine?: SyncEngine<D>
  /** For hosts that use the components without an engine. */
  schema?: Pick<Schema, 'types'>
  messages?: MessagesOverride
  locale?: string
  timeZone?: string
  clock?: UiClock
  dir?: 'ltr' | 'rtl'
  theme?: 'light' | 'dark'
  palette?: 'cvd'
  portalContainer?: HTMLElement | null
  children?: ReactNode
}

/** Gives the hooks their engine and the components their words. Providers nest: what is left out comes from outside. */
export const SyncProvider = <D extends SchemaDefinition>(props: SyncProviderProps<D>): ReactNode => {
  const outer = useSettings()
  const { schema, messages, locale, timeZone, clock, dir, theme, palette, portalContainer, children } = props
  // The hooks type records by their own parameter, so the engine's schema parameter ends here.
  const engine = props.engine as unknown as SyncEngine | undefined
  const settings = useMemo<UiSettings>(
    () => ({
      engine: engine ?? outer.engine,
      schema: schema ?? engine?.schema ?? outer.schema,
      messages: withMessages(outer.messages, messages),
      locale: locale ?? outer.locale,
      timeZone: timeZone ?? outer.timeZone,
      clock: clock ?? outer.clock,
      dir: dir ?? outer.dir,
      theme: theme ?? outer.theme,
      palette: palette ?? outer.palette,
      portalContainer: portalContainer === undefined ? outer.portalContainer : portalContainer,
    }),
    [outer, engine, schema, messages, locale, timeZone, clock, dir, theme, palette, portalContainer],
  )
  return <SettingsContext.Provider value={settings}>{children}</SettingsContext.Provider>
}
