import { useMemo } from 'react'
import type { EntityId, EntityType, JsonObject } from '../../src/index.ts'
import { useEngine, useEntities } from '../../src/react/index.ts'
import type { Shown, ShownType } from './kinds.ts'
import { byNewest, kinds, shownTypes } from './kinds.ts'

export interface Practice {
  isLoaded: boolean
  clients: readonly Shown[]
  childrenOf(type: ShownType, id: EntityId): readonly Shown[]
  /** Records whose parent this device does not show: they must be seen, too. */
  strays: readonly Shown[]
  find(type: string, id: EntityId): Shown | undefined
}

const parentIdOf = (type: ShownType, data: JsonObject): EntityId | null => {
  const { parent } = kinds[type]
  const id = parent === null ? null : data[parent.field]
  return typeof id === 'string' || typeof id === 'number' ? id : null
}

const none: readonly Shown[] = []
const place = (type: string, id: EntityId) => `${type} ${id}`

const arrange = (lists: Record<ShownType, readonly Shown[] | undefined>): Practice => {
  const known = new Map<string, Shown>()
  const children = new Map<string, Shown[]>()
  for (const type of shownTypes)
    for (const record of lists[type] ?? none) known.set(place(type, record.id), record)

  const strays: Shown[] = []
  for (const type of shownTypes) {
    const { parent } = kinds[type]
    if (parent === null) continue
    for (const record of [...(lists[type] ?? none)].sort(byNewest)) {
      const id = parentIdOf(type, record.data)
      const at = id === null ? null : place(parent.type, id)
      if (at === null || !known.has(at)) strays.push(record)
      else children.set(at, [...(children.get(at) ?? none), record])
    }
  }
  return {
    isLoaded: shownTypes.every((type) => lists[type] !== undefined),
    clients: [...(lists.client ?? none)].sort(byNewest),
    childrenOf: (type, id) => children.get(place(type, id)) ?? none,
    strays,
    find: (type, id) => known.get(place(type, id)),
  }
}

/** The records of the device around, as a tree. */
export const usePractice = (): Practice => {
  const client = useEntities('client')
  const pet = useEntities('pet')
  const appointment = useEntities('appointment')
  const soapNote = useEntities('soapNote')
  return useMemo(() => arrange({ client, pet, appointment, soapNote }), [client, pet, appointment, soapNote])
}

export const useType = (name: ShownType): EntityType => useEngine().schema.types[name] as EntityType
