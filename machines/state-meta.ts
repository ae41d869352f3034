/** What a state says of itself to people: shown by the status components, the inspector and the stories. */
export interface StateMeta {
  /** A few words, as on a badge. */
  label: string
  /** One sentence for a person who wonders what it means for their work. */
  help: string
}
