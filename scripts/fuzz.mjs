// npm run fuzz -- --seeds N [--from F] [--minutes M] [--jobs J] [--steps K] [--mutant NAME]
// npm run fuzz -- --seed S          tells the whole story of one seed
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { bundle, bundled, settle } from './fuzz-bundle.mjs'

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string' },
    seed: { type: 'string' },
    from: { type: 'string' },
    minutes: { type: 'string' },
    jobs: { type: 'string' },
    steps: { type: 'string' },
    mutant: { type: 'string' },
  },
})

const ENTRY = 'src/testing/index.ts'

/** What the faults must at least have come to in 1,000 seeds: a simulation in which nothing happens proves nothing. */
const FLOORS = {
  crashes: ['crashes', 500],
  answersLost: ['answers lost after commit', 1000],
  rewritesInRace: ['id rewrites with a competing edit', 500],
  mergesAndConflicts: ['merges and conflicts', 300],
  resets: ['resets', 50],
}
/** Fewer seeds than this say nothing about what happens in 1,000. */
const ENOUGH_FOR_FLOORS = 200
/** A seed takes a fraction of a second; one that takes this long is going round in circles. */
const HANGS_AFTER_MS = 180_000
/** Every so many seeds one is run twice more, and both stories are compared (I23). */
const REPLAY_EVERY = 100

function number(name, standard) {
  const text = options[name]
  if (text === undefined) return standard
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) {
    console.error(`--${name} takes a number, not "${text}"`)
    process.exit(2)
  }
  return value
}

async function editsOf(name) {
  if (name === undefined) return []
  const { mutants } = await bundled('test/simulation/mutants.ts')
  const mutant = mutants.find((one) => one.name === name || one.name.includes(name))
  if (mutant === undefined) {
    console.error(`no mutant "${name}"; there are:\n${mutants.map((one) => `  ${one.name}`).join('\n')}`)
    process.exit(2)
  }
  console.log(`without a safeguard: ${mutant.name}`)
  return mutant.edits
}

const edits = await editsOf(options.mutant)
const steps = number('steps', 160)

if (options.seed !== undefined) {
  const { simulate } = await bundled(ENTRY, edits)
  const { story, finding, counts } = await simulate(number('seed'), { settle, steps, isTold: true })
  console.log(story.join('\n'))
  console.log(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', '),
  )
  console.log(finding === null ? '1 passed, 0 failed' : `0 passed, 1 failed: ${finding.rule} ${finding.text}`)
  process.exit(finding === null ? 0 : 1)
}

const minutes = number('minutes', Number.POSITIVE_INFINITY)
const from = number('from', 1)
const count = number('seeds', Number.isFinite(minutes) ? Number.POSITIVE_INFINITY : 1000)
const jobs = Math.max(1, Math.min(number('jobs', Math.min(2, availableParallelism())), count))
const url = await bundle(ENTRY, edits)
const start = performance.now()
const elapsed = () => (performance.now() - start) / 1000

const totals = {}
const failures = []
let passed = 0

function ended(seed, finding, counts) {
  for (const [name, amount] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + amount
  if (finding === null) passed++
  else {
    failures.push(seed)
    console.log(`seed ${seed}: ${finding.rule} ${finding.text}\n  npm run fuzz -- --seed ${seed}`)
  }
  const done = passed + failures.length
  if (done % 500 === 0) {
    console.log(`${done} seeds in ${elapsed().toFixed(0)} s, ${failures.length} failed`)
  }
}

/** One worker's share: every `jobs`-th seed. */
function work(job) {
  return new Promise((resolve) => {
    const seeds = { first: from + job, last: from + count - 1, every: jobs }
    const worker = new Worker(new URL('./fuzz-worker.mjs', import.meta.url), {
      workerData: { url, seeds, steps, replayEvery: REPLAY_EVERY },
    })
    let running = { seed: seeds.first, since: performance.now() }
    const watch = setInterval(() => {
      const hangs = performance.now() - running.since > HANGS_AFTER_MS
      if (hangs) {
        failures.push(running.seed)
        console.log(`seed ${running.seed}: does not end\n  npm run fuzz -- --seed ${running.seed}`)
      }
      if (hangs || elapsed() > minutes * 60) void end()
    }, 200)
    const end = async () => {
      clearInterval(watch)
      await worker.terminate()
      resolve()
    }
    worker.on('message', ({ began, ended: seed, finding, counts, done }) => {
      if (began !== undefined) running = { seed: began, since: performance.now() }
      if (seed !== undefined) ended(seed, finding, counts)
      if (done) void end()
    })
    worker.on('error', (error) => {
      failures.push(running.seed)
      console.log(`seed ${running.seed}: broke the worker: ${error.stack}`)
      void end()
    })
  })
}

await Promise.all(Array.from({ length: jobs }, (_, job) => work(job)))

const done = passed + failures.length
const perThousand = (name) => Math.round(((totals[name] ?? 0) * 1000) / Math.max(1, done))
console.log(
  `\n${done} seeds in ${elapsed().toFixed(0)} s, from ${from}, each with ${steps} steps of faults; per 1,000 seeds:`,
)
const low = []
for (const [name, [words, floor]] of Object.entries(FLOORS)) {
  const amount = perThousand(name)
  const isLow = amount < floor
  if (isLow) low.push(words)
  console.log(`  ${String(amount).padStart(8)}  ${words} (floor ${floor})${isLow ? '  TOO FEW' : ''}`)
}
for (const name of ['writes', 'requests', 'duplicates', 'powerLosses'])
  console.log(`  ${String(perThousand(name)).padStart(8)}  ${name}`)
const isTooFew = low.length > 0 && done >= ENOUGH_FOR_FLOORS
if (isTooFew) console.log(`below the floor: ${low.join(', ')}`)
if (failures.length > 0) console.log(`failed: ${failures.sort((a, b) => a - b).join(', ')}`)
console.log(`${passed} passed, ${failures.length} failed`)
process.exit(failures.length > 0 || isTooFew || done === 0 ? 1 : 0)
