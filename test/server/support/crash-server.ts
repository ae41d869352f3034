/**
 * A server on a data folder, as a process of its own: `crash-server.ts <folder> <port> [commits]`. With a third argument it
 * kills itself after so many commits, each time before the answer leaves.
 */
import { createDemoServer } from '../../../demo/server.ts'
import { openDataFolder, serve } from '../../../server/node.ts'

const [folder, port, commits] = process.argv.slice(2)
let left = commits === undefined ? Number.POSITIVE_INFINITY : Number(commits)

try {
  const db = await openDataFolder(folder as string)
  const { handler } = await createDemoServer(db, folder as string)
  const running = await serve({
    port: Number(port),
    handler: async (request) => {
      const answer = await handler(request)
      if (request.url.endsWith('/upload') && --left <= 0) process.kill(process.pid, 'SIGKILL')
      return answer
    },
  })
  console.log(`ready ${running.url}`)
  process.on('SIGTERM', async () => {
    await running.close()
    await db.close()
    process.exit(0)
  })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
