/** Tells the other tabs of one store that something was committed. Carries no data. */
export interface ChannelPort {
  notify(): void
  subscribe(listener: () => void): () => void
  close(): void
}
