/** Takes the README's picture of a running demo: `npx tsx demo/picture.ts http://127.0.0.1:4400`. */
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright'
import { launchOptions } from '../scripts/browser.mjs'

const [address = 'http://127.0.0.1:4400', tenant = 'happy-paws'] = process.argv.slice(2)
const picture = fileURLToPath(new URL('../docs/demo.png', import.meta.url))

const browser = await chromium.launch(launchOptions())
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1010 }, colorScheme: 'light' })
  await page.goto(`${address}/?${new URLSearchParams({ tenant })}`)
  await page.getByRole('button', { name: 'Play the story' }).click()
  const row = page.locator('[data-device="treatment-room"] [data-sc-part="row-button"]')
  await row.waitFor({ timeout: 90_000 })
  // The device as it asks for the choice, before the dialog covers it.
  await page.waitForFunction(() => window.__synchart.story?.state().scene === 7, undefined, {
    timeout: 90_000,
  })
  await page.waitForTimeout(900)
  await page.screenshot({ path: picture })
} finally {
  await browser.close()
}
