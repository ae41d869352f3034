import type { ReactNode } from 'react'
import type { Actor, StateNode, View } from './model.ts'
import { pathOf, within } from './model.ts'

const Box = ({ state, value }: { state: StateNode; value: unknown }): ReactNode => {
  const inner = within(value, state.key)
  const isActive = inner !== undefined
  return (
    <li
      className="box"
      data-state={state.key}
      data-active={isActive ? '' : undefined}
      title={state.description}
    >
      <span className="box-name">{state.key}</span>
      {state.states.length > 0 && (
        <ul className="boxes">
          {state.states.map((child) => (
            <Box key={child.key} state={child} value={inner} />
          ))}
        </ul>
      )}
    </li>
  )
}

const Machine = ({ actor }: { actor: Actor }) => (
  <section className="machine" aria-label={`Machine ${actor.name}`} data-machine={actor.name}>
    <h2>
      {actor.name} <code>{actor.sessionId}</code> <span className="now">{pathOf(actor.value)}</span>
    </h2>
    <ul className="boxes">
      {actor.states.map((state) => (
        <Box key={state.key} state={state} value={actor.value} />
      ))}
    </ul>
  </section>
)

const time = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
})

const Log = ({ view }: { view: View }) => (
  <section className="log" aria-label="Events">
    <h2>Events</h2>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
    <ol tabIndex={0} aria-label="Events, newest first">
      {view.log.map((line) => (
        <li key={line.number}>
          <time>{time.format(line.at)}</time> <b>{line.actor}</b> {line.event}
          {line.to !== '' && <span className="to"> → {line.to}</span>}
        </li>
      ))}
    </ol>
  </section>
)

/** What people came for is on top; the supervisor seldom moves. */
const order = ['lifecycle', 'connectivity', 'engine']
const byInterest = (a: Actor, b: Actor) => order.indexOf(a.name) - order.indexOf(b.name)

/** Machines as boxes of their states, the other actors by name, and what happened, newest first. */
export const Viewer = ({ view }: { view: View }): ReactNode => {
  const actors = [...view.actors.values()]
  const machines = actors.filter(({ states, isActive }) => states.length > 0 && isActive).sort(byInterest)
  const others = actors.filter(({ states, isActive }) => states.length === 0 && isActive)
  return (
    <main className="viewer">
      <h1 className="sr-only">Machines, live</h1>
      {machines.length === 0 ? (
        <p className="nothing">Waiting for machines…</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <section className="machines" tabIndex={0} aria-label="Machines">
          {machines.map((actor) => (
            <Machine key={actor.sessionId} actor={actor} />
          ))}
          <p className="others">
            Actors at work:{' '}
            {[...machines, ...others].map((actor) => (
              <code key={actor.sessionId} data-actor={actor.name}>
                {actor.name}
              </code>
            ))}
          </p>
        </section>
      )}
      <Log view={view} />
    </main>
  )
}
