/** Text of the product, and what stands there when a safeguard is taken out. */
export interface Edit {
  file: string
  search: string
  replace: string
}

/** The product without one of its safeguards. The simulation is itself tested: it must see that it is gone. */
export interface Mutant {
  name: string
  edits: readonly Edit[]
  /** Seeds that are known to see it, the quickest first. */
  seeds: readonly number[]
}

const edit = (file: string, search: string, replace: string): Edit => ({ file, search, replace })

export const mutants: readonly Mutant[] = [
  {
    name: 'operations are not remembered on the server',
    edits: [
      edit(
        'server/core/upload.ts',
        '(await tx.ledger(userId, [...firsts.keys()])).map((entry)',
        '([] as LedgerEntry[]).map((entry)',
      ),
    ],
    seeds: [],
  },
  {
    name: 'the version is checked before the replay',
    edits: [
      edit(
        'server/core/upload.ts',
        'const isKnown = ({ id, hash }: Candidate)',
        `for (const { id, operation } of firsts.values()) {
           if (operation?.baseVersion === undefined || typeof operation.entityId !== 'number') continue
           const [row] = await tx.rows([{ entityType: operation.entityType, id: operation.entityId }])
           if (row?.version !== operation.baseVersion) recorded.delete(id)
         }
         const isKnown = ({ id, hash }: Candidate)`,
      ),
    ],
    seeds: [],
  },
  {
    name: 'a settle is two transactions',
    edits: [
      edit(
        'src/engine/lifecycle-actors.ts',
        "const settled = await host.store.write('relaxed', (unit) =>",
        "const settled = await host.store.write('relaxed in two' as 'relaxed', (unit) =>",
      ),
      edit(
        'src/stores/store.ts',
        'const writing = this.#storage.write(durability, async (transaction) => {',
        `const later: (() => void)[] = []
         let target: StorageTransaction | null = null
         const writing = inTwo(this.#storage, durability, async (transaction) => {`,
      ),
      edit(
        'src/stores/store.ts',
        '/** The durable state of one',
        `const inTwo = async (storage: StoragePort, durability: string, work: (transaction: StorageTransaction) => Promise<any>) => {
           if (durability !== 'relaxed in two') return await storage.write(durability as Durability, work)
           const rest: ((transaction: StorageTransaction) => void)[] = []
           const result = await storage.write('relaxed', (transaction) =>
             work({
               get: (key) => transaction.get(key),
               getMany: (many) => transaction.getMany(many),
               list: (prefix) => transaction.list(prefix),
               listKeys: (prefix) => transaction.listKeys(prefix),
               put: (key, value) => { if (key[0] === 'op') transaction.put(key, value); else rest.push((t) => t.put(key, value)) },
               delete: (key) => { if (key[0] === 'op') transaction.delete(key); else rest.push((t) => t.delete(key)) },
             }))
           await storage.write('relaxed', async (transaction) => { for (const put of rest) put(transaction) })
           return result
         }
         /** The durable state of one`,
      ),
    ],
    seeds: [],
  },
  {
    name: 'a page is written whatever came between',
    edits: [
      edit(
        'src/stores/pages.ts',
        'if (sync.count !== asked.count) return { applied: 0, hasMore: true, isStale: true }',
        '',
      ),
    ],
    seeds: [],
  },
  {
    name: 'a retry is made anew from the record',
    edits: [
      edit(
        'src/stores/outbox.ts',
        'const again = sent.filter(({ frozen }) => frozen.batchId === batchId)',
        `const again = sent.filter(({ frozen }) => frozen.batchId === batchId)
         for (const operation of again) {
           const { body } = operation.frozen
           const record = await unit.record(operation.entityType, await unit.resolveId(operation.entityId))
           const data = Object.fromEntries(Object.keys(body.data ?? {}).map((field) => [field, own(record?.data, field) ?? null]))
           if (body.data !== undefined) operation.frozen = { ...operation.frozen, body: { ...body, data } }
         }`,
      ),
    ],
    seeds: [],
  },
  {
    name: 'a claim may be lost with the power',
    edits: [
      edit(
        'src/engine/lifecycle-actors.ts',
        "host.store.write('strict', async (unit) => {",
        "host.store.write('relaxed', async (unit) => {",
      ),
    ],
    seeds: [],
  },
  {
    name: 'the cursor is written before its page',
    edits: [
      edit(
        'src/engine/lifecycle-actors.ts',
        "return await host.store.write('relaxed', async (unit) => {\n          const before",
        `await host.store.write('relaxed', async ({ state }) => {
           const isTaken = state.sync.count === asked.count && state.counts.sent === 0
           if (answer !== null && answer.reset === undefined && isTaken) state.sync.cursor = answer.cursor
         })
         return await host.store.write('relaxed', async (unit) => {
          const before`,
      ),
    ],
    seeds: [],
  },
  {
    name: 'nothing is judged on the device',
    edits: [
      edit(
        'src/core/judge.ts',
        "if (operation === undefined || operation.type === 'create') return null",
        'return null as Judgement | null',
      ),
    ],
    seeds: [],
  },
  {
    name: 'deletes are not judged',
    edits: [
      edit(
        'src/core/judge.ts',
        "if (operation === undefined || operation.type === 'create') return null",
        "if (operation === undefined || operation.type !== 'update') return null",
      ),
    ],
    seeds: [],
  },
  {
    name: 'ids are not resolved while applying',
    edits: [
      edit(
        'src/stores/unit.ts',
        'operations.push(await this.resolved(operation))',
        'operations.push(operation)',
      ),
    ],
    seeds: [],
  },
  {
    name: 'pages are written while something is sent',
    edits: [
      edit(
        'src/stores/pages.ts',
        'if (counts.sent > 0) return { applied: 0, hasMore: true, isStale: true }',
        '',
      ),
    ],
    seeds: [],
  },
  {
    name: 'the device does not say whose store it is',
    edits: [
      edit(
        'src/adapters/http-transport.ts',
        "'Synchart-Account': base64Url(JSON.stringify([account.tenantId, account.userId])),",
        '',
      ),
    ],
    seeds: [],
  },
]
