/** A place in a tenant's feed, as the wire carries it: `c1.<epoch>.<seq>.<view>`, in a run from null also `.<began>`. */
export interface Cursor {
  epoch: string
  seq: number
  /** Hash of tenant, roles and types: a cursor is good for the view that it was given to. */
  view: string
  /** In a run from null: where the feed stood when the run began. */
  began: number | null
}

const pattern = /^c1\.([A-Za-z0-9_-]{1,64})\.(\d{1,16})\.([A-Za-z0-9_-]{1,64})(?:\.(\d{1,16}))?$/

export const writeCursor = ({ epoch, seq, view, began }: Cursor): string =>
  began === null ? `c1.${epoch}.${seq}.${view}` : `c1.${epoch}.${seq}.${view}.${began}`

/** `null` for text that is no cursor. */
export const readCursor = (text: string): Cursor | null => {
  const match = pattern.exec(text)
  if (match === null) return null
  const [, epoch, seq, view, began] = match as unknown as [string, string, string, string, string | undefined]
  const cursor = { epoch, seq: Number(seq), view, began: began === undefined ? null : Number(began) }
  return Number.isSafeInteger(cursor.seq) && Number.isSafeInteger(cursor.began ?? 0) ? cursor : null
}
