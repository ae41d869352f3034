import type { EntityId, JsonObject } from '../../src/protocol/json.ts'

/** Who calls, as the verified token says; nothing else ever names a tenant or a user. */
export interface Identity {
  tenantId: string
  userId: string
  roles: readonly string[]
  /** Shown to people beside a change. */
  name?: string
}

export type Action = 'read' | 'create' | 'update' | 'delete'

/** Whether a role may do something to records of a type; everybody may do everything where it is missing. */
export type Authorize = (identity: Identity, action: Action, entityType: string) => boolean

export interface Complaint {
  message: string
  path?: string
}

/** An app's own rule for a row that is about to be stored; answers what is wrong with it. */
export type ValidateRow = (
  row: { entityType: string; id: EntityId; data: JsonObject; before: JsonObject | null },
  identity: Identity,
) => Complaint | null

/** What a request is about to write, as the `beforeWrite` hook sees it. */
export interface PlannedWrite {
  kind: 'insert' | 'update' | 'delete'
  entityType: string
  id: EntityId
  data: JsonObject | null
  before: JsonObject | null
}

export type BeforeWrite<Tx> = (tx: Tx, writes: readonly PlannedWrite[], identity: Identity) => Promise<void>
