import type { Decorator, Preview } from '@storybook/react-vite'
import '../src/react/styles.css'

/**
 * On the document's root as well as around the story, because dialogs and toasts are portalled to the body. A decorator of
 * our own, because the one of addon-themes is skipped when stories run as tests, and dark would never be tested.
 */
const withThemeAndDirection: Decorator = (Story, { globals, viewMode }) => {
  const theme = String(globals.theme)
  const direction = globals.direction === 'rtl' ? 'rtl' : 'ltr'
  // A docs page shows many stories and its own text: only the stories on it take the theme.
  if (viewMode !== 'docs') {
    const { documentElement, body } = document
    documentElement.dataset.scTheme = theme
    documentElement.dir = direction
    documentElement.style.colorScheme = theme
    // Contrast is measured against this: without it axe takes a dark page for white.
    body.style.backgroundColor = 'Canvas'
  }
  return (
    <div
      data-sc-theme={theme}
      dir={direction}
      style={{ colorScheme: theme, backgroundColor: 'Canvas', color: 'CanvasText' }}
    >
      <Story />
    </div>
  )
}

export default {
  tags: ['autodocs'],
  parameters: {
    a11y: {
      test: 'error',
      options: { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
    },
  },
  initialGlobals: { theme: 'light', direction: 'ltr' },
  globalTypes: {
    theme: {
      description: 'Theme',
      toolbar: { icon: 'contrast', items: ['light', 'dark'], dynamicTitle: true },
    },
    direction: {
      description: 'Text direction',
      toolbar: { icon: 'transfer', items: ['ltr', 'rtl'], dynamicTitle: true },
    },
  },
  decorators: [withThemeAndDirection],
} satisfies Preview
