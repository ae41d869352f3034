import type { ReactNode } from 'react'
import { scenes } from '../story/scenes.ts'
import type { Story, StoryState } from '../story/story.ts'
import { Icon } from './Icon.tsx'

const opening = {
  title: 'An edit made offline, and how it comes home',
  text: 'The treatment room loses its network and goes on working. Watch its temporary ids, its pending changes and its lifecycle until both devices show the same.',
}

const captionOf = (told: StoryState): { title: string; text: string } => {
  if (told.phase === 'failed') return { title: 'The story stopped here', text: told.problem }
  if (told.phase === 'waiting') return opening
  return scenes[told.scene] ?? opening
}

const markOf = (told: StoryState, index: number): 'past' | 'now' | 'next' => {
  if (told.phase === 'done' || index < told.scene) return 'past'
  return told.phase !== 'waiting' && index === told.scene ? 'now' : 'next'
}

export interface StoryPanelProps {
  story: Story
  told: StoryState
  children: ReactNode
}

/** The button, what is happening, and what to look at. */
export const StoryPanel = ({ story, told, children }: StoryPanelProps): ReactNode => {
  const caption = captionOf(told)
  const isPlaying = told.phase === 'playing'
  return (
    <section className="story" aria-labelledby="story-title" data-phase={told.phase}>
      <div className="story-main">
        <button
          type="button"
          className="button primary play"
          onClick={() => (isPlaying ? story.stop() : void story.play())}
          data-testid="play"
        >
          <Icon name={isPlaying ? 'square' : 'play'} />
          <span>
            {isPlaying ? 'Stop the story' : told.phase === 'waiting' ? 'Play the story' : 'Play it again'}
          </span>
        </button>
        <div className="caption" aria-live="polite" aria-atomic="true">
          <h2 id="story-title">{caption.title}</h2>
          <p>{caption.text}</p>
        </div>
        {children}
      </div>
      <ol className="timeline">
        {scenes.map((scene, index) => {
          const mark = markOf(told, index)
          return (
            <li key={scene.name} data-mark={mark} aria-current={mark === 'now' ? 'step' : undefined}>
              <span className="dot" aria-hidden="true" />
              <span className="timeline-name">{scene.name}</span>
            </li>
          )
        })}
      </ol>
    </section>
  )
}
