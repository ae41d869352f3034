import type {
  DownloadAnswer,
  EntityRow,
  JsonObject,
  SyncOperation,
  UploadAnswer,
} from '../../../src/index.ts'

/** The server as anybody may ask it, past the pages: what it really holds. */
export const createApi = (url: string) => {
  const token = async (tenant: string, user: string): Promise<string> => {
    const response = await fetch(`${url}/api/demo/token?${new URLSearchParams({ tenant, user })}`)
    const answer = (await response.json()) as { token: string }
    return answer.token
  }

  const call = async <T>(tenant: string, user: string, path: string, body: JsonObject): Promise<T> => {
    const response = await fetch(`${url}/api/sync${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await token(tenant, user)}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
    return (await response.json()) as T
  }

  return {
    token,
    /** Every row of a tenant. */
    rows: async (tenant: string): Promise<EntityRow[]> => {
      const rows: EntityRow[] = []
      let lastSync: string | null = null
      for (;;) {
        const page: DownloadAnswer = await call(tenant, 'auditor', '/download', { lastSync })
        rows.push(...page.entities)
        lastSync = page.cursor
        if (!page.hasMore) return rows
      }
    },
    upload: async (tenant: string, user: string, operations: SyncOperation[]): Promise<UploadAnswer> =>
      await call(tenant, user, '/upload', { operations } as unknown as JsonObject),
  }
}

export type Api = ReturnType<typeof createApi>
