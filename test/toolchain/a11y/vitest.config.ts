import { storybookTest } from '@storybook/addon-vitest/vitest-plugin'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { launchOptions } from '../../../scripts/browser.mjs'

export default defineConfig({
  plugins: [
    storybookTest({
      configDir: 'test/toolchain/a11y',
      initialGlobals: { theme: 'dark', direction: 'rtl' },
    }),
  ],
  test: {
    name: 'a11y-gate',
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: launchOptions() }),
      instances: [{ browser: 'chromium' }],
    },
  },
})
