import 'fake-indexeddb/auto'
import { idbStorage } from '../../src/adapters/idb-storage.ts'
import { describeStorageContract } from '../stores/storage-contract.ts'
import { describeIdbStorage } from './idb-contract.ts'

describeStorageContract('fake-indexeddb', idbStorage)
describeIdbStorage('fake-indexeddb')
