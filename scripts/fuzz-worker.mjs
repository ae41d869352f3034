// Runs seeds one after another and tells of each. A worker, so that one that hangs can be named and ended.
import { parentPort, workerData } from 'node:worker_threads'
import { settle } from './fuzz-bundle.mjs'

const { url, seeds, steps, replayEvery } = workerData
const { simulate } = await import(url)

/** A promise that nobody caught is a defect of the seed that is running. */
let unhandled = null
process.on('unhandledRejection', (error) => {
  unhandled ??= error instanceof Error ? error.stack : String(error)
})

async function run(seed) {
  const result = await simulate(seed, { settle, steps })
  if (replayEvery > 0 && seed % replayEvery === 0 && result.finding === null) {
    const stories = []
    for (let time = 0; time < 2; time++) {
      stories.push((await simulate(seed, { settle, steps, isTold: true })).story.join('\n'))
    }
    if (stories[0] !== stories[1]) {
      result.finding = { rule: 'I23', text: 'the same seed told two stories', at: 0 }
    }
  }
  // Rejections are reported a tick later than they happen.
  await new Promise((resolve) => setImmediate(resolve))
  if (unhandled !== null) result.finding ??= { rule: 'DEFECT', text: `nobody caught: ${unhandled}`, at: 0 }
  unhandled = null
  return result
}

for (let seed = seeds.first; seed <= seeds.last; seed += seeds.every) {
  parentPort.postMessage({ began: seed })
  const { finding, counts } = await run(seed)
  parentPort.postMessage({ ended: seed, finding, counts })
}
parentPort.postMessage({ done: true })
