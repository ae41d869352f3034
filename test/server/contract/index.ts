import type { Bench } from '../support/bench.ts'
import { decisionContract } from './decisions.ts'
import { downloadContract } from './download.ts'
import { uploadContract } from './upload.ts'
import { verdictContract } from './verdicts.ts'

/** What every store behind the server has to make true. */
export const serverContract = (bench: () => Bench): void => {
  uploadContract(bench)
  verdictContract(bench)
  decisionContract(bench)
  downloadContract(bench)
}
