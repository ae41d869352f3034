import type { RecordRef } from './store.ts'

/** Names a record inside one tenant. Types are letters, digits and _, so the first colon ends the type. */
export const keyOf = (entityType: string, id: number | string): string => `${entityType}:${id}`

export const keyOfRef = (ref: RecordRef): string => keyOf(ref.entityType, ref.id)

/** The feed counts µs; people and the wire count ms. */
export const MICROS = 1000

export const msOf = (seq: number): number => Math.floor(seq / MICROS)
