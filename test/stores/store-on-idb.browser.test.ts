import { describeStoreOnIdb } from './store-on-idb.ts'

describeStoreOnIdb('IndexedDB of the browser')
