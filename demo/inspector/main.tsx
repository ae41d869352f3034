import { createBrowserReceiver } from '@statelyai/inspect'
import { createRoot } from 'react-dom/client'
import '../styles/reset.css'
import '../../src/react/styles.css'
import '../styles/page.css'
import './viewer.css'
import type { View } from './model.ts'
import { emptyView, nextView } from './model.ts'
import { Viewer } from './Viewer.tsx'

const element = document.getElementById('root')
if (element === null) throw new Error('The page has no root.')
const root = createRoot(element)

let view: View = emptyView
let isDrawing = false
const draw = () => {
  if (isDrawing) return
  isDrawing = true
  // A cycle is some twenty events within a few ms: one picture of them is enough.
  requestAnimationFrame(() => {
    isDrawing = false
    root.render(<Viewer view={view} />)
  })
}

draw()
createBrowserReceiver().subscribe((event) => {
  view = nextView(view, event)
  draw()
})
