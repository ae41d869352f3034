import type { BrowserContext, Page } from 'playwright'

export interface Watch {
  /** Records that were on screen twice at the same moment, whenever that was. */
  twice: string[]
  /** How often the lists were looked through: a watch that never looked has seen nothing. */
  looks(): number
  /** Puts a second copy of a record on the page: a watch that does not see this one is blind. */
  provoke(page: Page): Promise<void>
}

/** Runs in the page, before its own scripts, again after every reload. */
const script = () => {
  const page = window as unknown as {
    __synchartTwice(record: string): void
    __synchartLooked(): void
  }
  const look = () => {
    page.__synchartLooked()
    for (const list of document.querySelectorAll('[data-testid="records"]')) {
      const seen = new Set<string>()
      for (const record of list.querySelectorAll<HTMLElement>('[data-record]')) {
        const name = `${record.dataset.record} ${record.dataset.title}`
        if (seen.has(name)) page.__synchartTwice(name)
        seen.add(name)
      }
    }
  }
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ['data-title', 'data-id', 'data-key'],
  })
}

/** Installed before the page opens; the test gives every record of a list a title of its own. */
export const watchRecords = async (context: BrowserContext): Promise<Watch> => {
  const twice: string[] = []
  let looks = 0
  await context.exposeFunction('__synchartTwice', (record: string) => {
    twice.push(record)
  })
  await context.exposeFunction('__synchartLooked', () => {
    looks += 1
  })
  await context.addInitScript(script)
  return {
    twice,
    looks: () => looks,
    provoke: async (page) => {
      await page.evaluate(async () => {
        const record = document.querySelector('[data-record]')
        const copy = record?.cloneNode(true)
        if (record === null || record === undefined || copy === undefined)
          throw new Error('no record is shown')
        record.after(copy)
        await new Promise((resolve) => setTimeout(resolve, 50))
        record.parentNode?.removeChild(copy)
      })
    },
  }
}
