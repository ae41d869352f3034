import { useMemo, useSyncExternalStore } from 'react'
import { canonicalJson } from '../../core/canonical.ts'
import type { EntityQuery, EntityRecord } from '../../engine/types.ts'
import type { JsonObject, JsonValue } from '../../protocol/json.ts'
import { useEngine } from '../context.ts'
import { liveStore } from '../model/live-store.ts'

const notYet = () => undefined

/** Equal queries are one query, so `{ where: … }` may be written in the component. */
const useStableQuery = (query: EntityQuery | undefined): EntityQuery | undefined => {
  const key = query === undefined ? '' : canonicalJson(JSON.parse(JSON.stringify(query)) as JsonValue)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the query
  return useMemo(() => query, [key])
}

/**
 * The records of a type as this device shows them, kept up to date; `undefined` until they are read.
 * Use `record.key` as React's key: it stays when the server gives the record its id.
 */
export const useEntities = <Data = JsonObject>(
  type: string,
  query?: EntityQuery,
): EntityRecord<Data>[] | undefined => {
  const engine = useEngine()
  const stable = useStableQuery(query)
  const store = useMemo(
    () =>
      liveStore<EntityRecord[]>((listener) =>
        engine.entities.subscribe(type, stable, (records) => listener(records as unknown as EntityRecord[])),
      ),
    [engine, type, stable],
  )
  const records = useSyncExternalStore(store.subscribe, store.snapshot, notYet)
  return records as EntityRecord<Data>[] | undefined
}
