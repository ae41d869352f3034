import type { Decorator } from '@storybook/react-vite'
import { SyncProvider } from '../../src/react/index.ts'
import { arabicSchema, clock, schema } from '../fixtures.ts'
import { arabic } from './arabic.ts'

/** The practice's words and minute, in the direction and theme that the toolbar or the test run asks for. */
export const inPractice: Decorator = (Story, { globals, parameters }) => (
  <SyncProvider
    schema={parameters.locale === 'ar' ? arabicSchema : schema}
    clock={clock}
    locale={typeof parameters.locale === 'string' ? parameters.locale : 'en-GB'}
    {...(parameters.locale === 'ar' ? { messages: arabic } : {})}
    timeZone="UTC"
    dir={(parameters.direction ?? globals.direction) === 'rtl' ? 'rtl' : 'ltr'}
    theme={(parameters.theme ?? globals.theme) === 'dark' ? 'dark' : 'light'}
    {...(parameters.palette === 'cvd' ? { palette: 'cvd' as const } : {})}
  >
    <Story />
  </SyncProvider>
)

/** Room around what would stand in a page of the host; `parameters.pageWidth` makes it narrower. */
export const onPage =
  (width: string): Decorator =>
  (Story, { parameters }) => (
    <main style={{ boxSizing: 'border-box', maxWidth: String(parameters.pageWidth ?? width), padding: 24 }}>
      <Story />
    </main>
  )
