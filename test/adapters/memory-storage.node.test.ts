import { memoryStorage } from '../../src/adapters/memory-storage.ts'
import { describeStorageContract } from '../stores/storage-contract.ts'

describeStorageContract('memory', memoryStorage)
