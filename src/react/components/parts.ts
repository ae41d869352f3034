/** Every element a host may want to reach has a name: `data-sc-part` for CSS, the same key in `classNames`. */
export type ClassNames<Part extends string> = Partial<Record<Part, string>>

export interface PartAttributes {
  'data-sc-part': string
  className?: string
}

export const partsOf =
  <Part extends string>(classNames: ClassNames<Part> | undefined) =>
  (name: Part): PartAttributes => {
    const className = classNames?.[name]
    return className === undefined ? { 'data-sc-part': name } : { 'data-sc-part': name, className }
  }

export type PartGetter<Part extends string> = (name: Part) => PartAttributes
