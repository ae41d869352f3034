/** What the platform believes of the network: a hint only; whether the server answers is found out by a probe. */
export interface ConnectivityPort {
  isUp(): boolean
  subscribe(listener: (isUp: boolean) => void): () => void
}
