import 'fake-indexeddb/auto'
import { describeStoreOnIdb } from './store-on-idb.ts'

describeStoreOnIdb('fake-indexeddb')
