import type { ReactNode } from 'react'
import { forwardRef, useEffect, useId, useState } from 'react'
import type { LifecycleState, SyncEngine } from '../../engine/types.ts'
import { useMessages, useRootAttributes, useSettings } from '../context.ts'
import { useStatusSource } from '../hooks/useStatusSource.ts'
import type { MessagesOverride } from '../messages.ts'
import type { IconName } from './Icon.tsx'
import { Icon } from './Icon.tsx'
import type { ClassNames, PartGetter } from './parts.ts'
import { partsOf } from './parts.ts'
import { Scope } from './Scope.tsx'

export type LifecycleViewPart =
  | 'lifecycle'
  | 'lifecycle-group'
  | 'lifecycle-node'
  | 'lifecycle-help'
  | 'lifecycle-trail'

export interface LifecycleViewProps {
  state?: LifecycleState
  engine?: SyncEngine
  /** States passed through, oldest first; collected from the engine where there is one. */
  trail?: readonly LifecycleState[]
  classNames?: ClassNames<LifecycleViewPart>
  messages?: MessagesOverride
  id?: string
}

type Group = 'cycle' | 'waiting' | 'attention'

const groups: readonly { name: Group; states: readonly LifecycleState[] }[] = [
  { name: 'cycle', states: ['idle', 'batching', 'uploading', 'downloading', 'deciding'] },
  { name: 'waiting', states: ['retry', 'pausedOffline', 'pausedByUser'] },
  { name: 'attention', states: ['conflict', 'authRequired', 'quotaExceeded', 'error'] },
]

const icons: Record<LifecycleState, IconName> = {
  deciding: 'choice',
  idle: 'check',
  batching: 'storage',
  uploading: 'up',
  downloading: 'down',
  conflict: 'alert',
  retry: 'clock',
  pausedOffline: 'offline',
  pausedByUser: 'pause',
  authRequired: 'lock',
  quotaExceeded: 'storage',
  error: 'stop',
}

/** The six states the mission names stand out from the ones between them. */
const named: ReadonlySet<LifecycleState> = new Set([
  'idle',
  'batching',
  'uploading',
  'conflict',
  'retry',
  'pausedOffline',
])

const TRAIL_LENGTH = 6

const isState = (name: string): name is LifecycleState => Object.hasOwn(icons, name)

/** Child states (`uploading.sending`) are steps within a node of this picture. */
const nodeOf = (name: string): LifecycleState | null => {
  const top = name.split('.')[0] ?? ''
  return isState(top) ? top : null
}

const useTrail = (engine: SyncEngine | null): readonly LifecycleState[] => {
  const [trail, setTrail] = useState<readonly LifecycleState[]>([])
  useEffect(() => {
    if (engine === null) return
    setTrail([])
    return engine.on('transition', ({ from, to }) => {
      const [source, target] = [nodeOf(from), nodeOf(to)]
      if (source === null || target === null || source === target) return
      setTrail((present) => [...(present.length === 0 ? [source] : present), target].slice(-TRAIL_LENGTH))
    })
  }, [engine])
  return trail
}

const View = forwardRef<
  HTMLElement,
  Omit<LifecycleViewProps, 'messages'> & { active: LifecycleState; passed: readonly LifecycleState[] }
>(function View({ active, passed, classNames, id }, ref): ReactNode {
  const { lifecycle: words } = useMessages()
  const root = useRootAttributes()
  const part = partsOf(classNames)
  const titleId = useId()
  const previous = passed.at(-1) === active ? passed.at(-2) : passed.at(-1)
  return (
    <section ref={ref} id={id} {...root} {...part('lifecycle')} data-state={active} aria-labelledby={titleId}>
      <div data-sc-part="lifecycle-panel">
        <span id={titleId} data-sc-part="hidden">
          {words.title}
        </span>
        <div data-sc-part="lifecycle-groups">
          {groups.map((group) => (
            <div key={group.name} {...part('lifecycle-group')} data-group={group.name}>
              <span data-sc-part="lifecycle-group-title" id={`${titleId}-${group.name}`}>
                {words.groups[group.name]}
              </span>
              <ul data-sc-part="lifecycle-nodes" aria-labelledby={`${titleId}-${group.name}`}>
                {group.states.map((state) => (
                  <Node
                    key={state}
                    state={state}
                    isActive={state === active}
                    isPrevious={state === previous}
                    isVisited={passed.includes(state)}
                    part={part}
                  />
                ))}
              </ul>
            </div>
          ))}
        </div>
        <p {...part('lifecycle-help')} role="status">
          <strong>{words.states[active].label}</strong> {words.states[active].help}
        </p>
        {passed.length > 1 && (
          <p {...part('lifecycle-trail')}>
            {passed.map((state) => words.states[state].label).reduce(words.step)}
          </p>
        )}
      </div>
    </section>
  )
})

interface NodeProps {
  state: LifecycleState
  isActive: boolean
  isPrevious: boolean
  isVisited: boolean
  part: PartGetter<LifecycleViewPart>
}

const Node = ({ state, isActive, isPrevious, isVisited, part }: NodeProps) => {
  const { lifecycle } = useMessages()
  const words = lifecycle.states[state]
  return (
    <li
      {...part('lifecycle-node')}
      data-node={state}
      data-named={named.has(state) ? '' : undefined}
      data-active={isActive ? '' : undefined}
      data-previous={isPrevious ? '' : undefined}
      data-visited={isVisited ? '' : undefined}
      aria-current={isActive ? 'step' : undefined}
      title={words.help}
    >
      <Icon name={icons[state]} />
      <span>{words.label}</span>
    </li>
  )
}

const OfState = forwardRef<HTMLElement, Omit<LifecycleViewProps, 'messages'> & { state: LifecycleState }>(
  function OfState(props, ref) {
    return <View {...props} ref={ref} active={props.state} passed={props.trail ?? []} />
  },
)

const OfEngine = forwardRef<HTMLElement, Omit<LifecycleViewProps, 'messages'> & { engine: SyncEngine }>(
  function OfEngine(props, ref) {
    const { status } = useStatusSource({ engine: props.engine })
    const collected = useTrail(props.engine)
    return <View {...props} ref={ref} active={status.state} passed={props.trail ?? collected} />
  },
)

/** The lifecycle as a picture, with the state it is in. */
export const LifecycleView = forwardRef<HTMLElement, LifecycleViewProps>(function LifecycleView(
  { messages, ...props },
  ref,
) {
  const settings = useSettings()
  const engine = props.engine ?? settings.engine
  return (
    <Scope messages={messages}>
      {props.state !== undefined ? (
        <OfState {...props} state={props.state} ref={ref} />
      ) : engine !== null ? (
        <OfEngine {...props} engine={engine} ref={ref} />
      ) : null}
    </Scope>
  )
})
