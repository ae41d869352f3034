import type { StorybookConfig } from '@storybook/react-vite'

export default {
  stories: ['../stories/**/*.mdx', '../stories/**/*.stories.tsx'],
  framework: '@storybook/react-vite',
  addons: ['@storybook/addon-docs', '@storybook/addon-a11y', '@storybook/addon-vitest'],
  core: { disableTelemetry: true, disableWhatsNewNotifications: true },
  // The other engine, react-docgen-typescript, needs a compiler API that TypeScript 7 does not have.
  typescript: { reactDocgen: 'react-docgen' },
} satisfies StorybookConfig
