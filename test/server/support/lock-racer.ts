/** Tries for the lock of each folder that comes as a line, says how it went, and keeps what it got. */
import { createInterface } from 'node:readline'
import { lockFolder } from '../../../server/sql/folder-lock.ts'

console.log('ready')
for await (const folder of createInterface({ input: process.stdin })) {
  const outcome = await lockFolder(folder).then(
    () => 'won',
    () => 'lost',
  )
  console.log(`${outcome} ${folder}`)
}
