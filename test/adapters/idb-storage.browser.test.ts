import { idbStorage } from '../../src/adapters/idb-storage.ts'
import { describeStorageContract } from '../stores/storage-contract.ts'
import { describeIdbStorage } from './idb-contract.ts'

describeStorageContract('IndexedDB of the browser', idbStorage)
describeIdbStorage('IndexedDB of the browser')
