import type { Browser, BrowserContext, Page } from 'playwright'
import { chromium } from 'playwright'
import { launchOptions } from '../../../scripts/browser.mjs'

export type DeviceId = 'front-desk' | 'treatment-room'

export const launchBrowser = async (): Promise<Browser> => await chromium.launch(launchOptions())

export interface OpenedPage {
  page: Page
  context: BrowserContext
  /** What the page complained of, requests that failed left out: tests cut them on purpose. */
  complaints: string[]
}

const isAboutTheNetwork = (text: string) => /Failed to load resource|net::ERR_/.test(text)

export const listen = (page: Page, complaints: string[]): void => {
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isAboutTheNetwork(message.text())) complaints.push(message.text())
  })
}

export interface OpenOptions {
  url: string
  tenant: string
  device?: DeviceId
  colorScheme?: 'light' | 'dark'
  speed?: 'fast' | 'human'
  /** Before the page's own scripts. */
  prepare?(context: BrowserContext): Promise<void>
}

export const addressOf = ({ url, tenant, device, speed = 'fast' }: OpenOptions): string => {
  const query = new URLSearchParams({ tenant, speed, ...(device === undefined ? {} : { device }) })
  return `${url}/?${query}`
}

/** A context of its own: its own databases, its own network. */
export const openPage = async (browser: Browser, options: OpenOptions): Promise<OpenedPage> => {
  const context = await browser.newContext({
    colorScheme: options.colorScheme ?? 'light',
    viewport: { width: 1400, height: 1000 },
    reducedMotion: 'reduce',
  })
  await options.prepare?.(context)
  const page = await context.newPage()
  const complaints: string[] = []
  listen(page, complaints)
  await page.goto(addressOf(options))
  await page.getByRole('heading', { name: 'Records' }).first().waitFor()
  return { page, context, complaints }
}
