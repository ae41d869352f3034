import { useEffect, useState } from 'react'

export type Theme = 'light' | 'dark'

const KEY = 'synchart-demo-theme'

const stored = (): Theme | null => {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : null
}

const systemDark = () => window.matchMedia('(prefers-color-scheme: dark)')

/** What the system wants, until somebody chooses. `data-sc-theme` is what the components listen to, too. */
export const useTheme = (): [Theme, () => void] => {
  const [chosen, setChosen] = useState(stored)
  const [system, setSystem] = useState<Theme>(() => (systemDark().matches ? 'dark' : 'light'))
  useEffect(() => {
    const query = systemDark()
    const follow = () => setSystem(query.matches ? 'dark' : 'light')
    query.addEventListener('change', follow)
    return () => query.removeEventListener('change', follow)
  }, [])
  useEffect(() => {
    if (chosen === null) return
    localStorage.setItem(KEY, chosen)
    document.documentElement.dataset.scTheme = chosen
  }, [chosen])
  const theme = chosen ?? system
  return [theme, () => setChosen(theme === 'dark' ? 'light' : 'dark')]
}
