import { useEffect, useMemo, useRef, useState } from 'react'
import type { EntityId, EntityType, JsonObject } from '../../src/index.ts'
import { useEngine, useEntities } from '../../src/react/index.ts'
import type { Shown, ShownType } from './kinds.ts'
import { byNewest, kinds, shownTypes } from './kinds.ts'

export interface Practice {
  isLoaded: boolean
  clients: readonly Shown[]
  childrenOf(type: ShownType, parent: Shown): readonly Shown[]
  /** Records whose parent this device does not show: they must be seen, too. */
  strays: readonly Shown[]
  find(type: string, id: EntityId): Shown | undefined
}

type Lists = Record<ShownType, readonly Shown[] | undefined>

const parentIdOf = (type: ShownType, data: JsonObject): EntityId | null => {
  const { parent } = kinds[type]
  const id = parent === null ? null : data[parent.field]
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

const none: readonly Shown[] = []
const place = (type: string, id: EntityId) => `${type} ${id}`

/** The other id of a record, in both directions. */
type Aliases = ReadonlyMap<string, EntityId>

/**
 * The lists of the types come one after another, so for a moment a parent may have its server id and its child still refer
 * to the temporary one, or the other way round. The child must stay where it is: it may hold an open form.
 */
const useAliases = (): Aliases => {
  const engine = useEngine()
  const aliases = useRef(new Map<string, EntityId>())
  useEffect(
    () =>
      engine.on('mapped', ({ entityType, tempId, realId }) => {
        aliases.current.set(place(entityType, tempId), realId).set(place(entityType, realId), tempId)
      }),
    [engine],
  )
  return aliases.current
}

const arrange = (lists: Lists, aliases: Aliases): Practice => {
  const known = new Map<string, Shown>()
  for (const type of shownTypes)
    for (const record of lists[type] ?? none) known.set(place(type, record.id), record)
  const find = (type: string, id: EntityId): Shown | undefined => {
    const other = aliases.get(place(type, id))
    return known.get(place(type, id)) ?? (other === undefined ? undefined : known.get(place(type, other)))
  }

  const children = new Map<string, Shown[]>()
  const strays: Shown[] = []
  for (const type of shownTypes) {
    const { parent } = kinds[type]
    if (parent === null) continue
    for (const record of [...(lists[type] ?? none)].sort(byNewest)) {
      const id = parentIdOf(type, record.data)
      const above = id === null ? undefined : find(parent.type, id)
      if (above === undefined) strays.push(record)
      else children.set(`${type} ${above.key}`, [...(children.get(`${type} ${above.key}`) ?? none), record])
    }
  }
  return {
    isLoaded: shownTypes.every((type) => lists[type] !== undefined),
    clients: [...(lists.client ?? none)].sort(byNewest),
    childrenOf: (type, parent) => children.get(`${type} ${parent.key}`) ?? none,
    strays,
    find,
  }
}

const LINGER_MS = 250

/** A child that came before its parent is no stray yet: showing it for a few ms would only make the page jump. */
const useLingering = (strays: readonly Shown[]): readonly Shown[] => {
  const [shown, setShown] = useState(none)
  useEffect(() => {
    const timer = setTimeout(() => setShown(strays), strays.length === 0 ? 0 : LINGER_MS)
    return () => clearTimeout(timer)
  }, [strays])
  return useMemo(() => strays.filter((stray) => shown.some(({ key }) => key === stray.key)), [strays, shown])
}

/** The records of the device around, as a tree. */
export const usePractice = (): Practice => {
  const client = useEntities('client')
  const pet = useEntities('pet')
  const appointment = useEntities('appointment')
  const soapNote = useEntities('soapNote')
  const aliases = useAliases()
  const practice = useMemo(
    () => arrange({ client, pet, appointment, soapNote }, aliases),
    [client, pet, appointment, soapNote, aliases],
  )
  const strays = useLingering(practice.strays)
  return useMemo(() => ({ ...practice, strays }), [practice, strays])
}

export const useType = (name: ShownType): EntityType => useEngine().schema.types[name] as EntityType
