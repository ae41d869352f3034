import { useMemo, useSyncExternalStore } from 'react'
import { sameValue } from '../../core/canonical.ts'
import type { EntityRecord, SyncEngine, Unsubscribe } from '../../engine/types.ts'
import type { EntityId, JsonObject, JsonValue } from '../../protocol/json.ts'
import { useEngine } from '../context.ts'
import { liveStore } from '../model/live-store.ts'

const notYet = () => undefined

const sameRecord = (a: EntityRecord | null | undefined, b: EntityRecord | null): boolean =>
  a !== undefined && sameValue(a as unknown as JsonValue, b as unknown as JsonValue)

/**
 * The engine tells of changes per type. The record itself is read by `get`, which also finds it under the temp id it had
 * before the server named it.
 */
const watch = (
  engine: SyncEngine,
  type: string,
  id: EntityId,
  listener: (record: EntityRecord | null) => void,
): Unsubscribe => {
  let asked = 0
  let last: EntityRecord | null | undefined
  const read = async () => {
    const turn = ++asked
    const record = ((await engine.entities.get(type, id)) as EntityRecord | undefined) ?? null
    if (turn !== asked || sameRecord(last, record)) return
    last = record
    listener(record)
  }
  const stop = engine.entities.subscribe(type, undefined, () => {
    // A failed read leaves what was shown; the engine reports the failure as its state.
    read().catch(() => undefined)
  })
  return () => {
    asked++
    stop()
  }
}

/** One record, kept up to date: `undefined` until it is read, `null` where there is none. */
export const useEntity = <Data = JsonObject>(
  type: string,
  id: EntityId,
): EntityRecord<Data> | null | undefined => {
  const engine = useEngine()
  const store = useMemo(
    () => liveStore<EntityRecord | null>((listener) => watch(engine, type, id, listener)),
    [engine, type, id],
  )
  const record = useSyncExternalStore(store.subscribe, store.snapshot, notYet)
  return record as EntityRecord<Data> | null | undefined
}
