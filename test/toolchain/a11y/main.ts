import type { StorybookConfig } from '@storybook/react-vite'
import main from '../../../.storybook/main.ts'

export default { ...main, stories: ['./*.stories.tsx'] } satisfies StorybookConfig
