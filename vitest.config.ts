import { storybookTest } from '@storybook/addon-vitest/vitest-plugin'
import react from '@vitejs/plugin-react'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { launchOptions } from './scripts/browser.mjs'

// A function, because vitest writes the project's name into the object: two projects must not share one.
const chromium = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions: launchOptions() }),
  instances: [{ browser: 'chromium' as const }],
})

// Found only while a test runs, a dependency would be bundled then and the page reloaded in the middle of it.
const optimizeDeps = {
  include: [
    '@base-ui/react/dialog',
    '@statelyai/inspect',
    '@xstate/react',
    'idb-keyval',
    'immer',
    'react',
    'react-dom',
    'react-dom/client',
    'react/jsx-dev-runtime',
    'react/jsx-runtime',
    'valibot',
    'vitest-browser-react',
    'xstate',
  ],
}

// Groups run one after the other. Two cores are too few for browsers beside e2e: timeouts would tell of load, not of bugs.
const stories = (
  name: string,
  groupOrder: number,
  initialGlobals: { theme?: string; direction?: string },
) => ({
  plugins: [storybookTest({ configDir: '.storybook', initialGlobals })],
  optimizeDeps,
  test: { name, browser: chromium(), sequence: { groupOrder } },
})

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/**/*.node.test.{ts,tsx}'],
          globalSetup: ['test/support/pglite-template.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [react()],
        optimizeDeps,
        test: {
          name: 'browser',
          include: ['test/**/*.browser.test.{ts,tsx}'],
          browser: chromium(),
          sequence: { groupOrder: 1 },
        },
      },
      stories('storybook', 2, {}),
      stories('storybook-dark', 3, { theme: 'dark' }),
      stories('storybook-rtl', 4, { direction: 'rtl' }),
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.e2e.test.ts'],
          globalSetup: ['test/support/pglite-template.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
})
