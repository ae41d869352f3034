import type { ChannelPort } from '../ports/channel.ts'

const MESSAGE = 'committed'

/** Other tabs of the same store hear of a commit. Nothing but that word crosses the channel. */
export const broadcastChannel = (name: string): ChannelPort => {
  if (typeof BroadcastChannel === 'undefined')
    return { notify: () => undefined, subscribe: () => () => undefined, close: () => undefined }
  const channel = new BroadcastChannel(name)
  return {
    notify: () => channel.postMessage(MESSAGE),
    subscribe: (listener) => {
      const hear = (event: MessageEvent) => {
        if (event.data === MESSAGE) listener()
      }
      channel.addEventListener('message', hear)
      return () => channel.removeEventListener('message', hear)
    },
    close: () => channel.close(),
  }
}
