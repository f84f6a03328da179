/** ssh on its way, before what speaks over it is loaded. */
export { parseAddress } from '../target/address.js'
export { dial, type Work } from '../target/dial.js'
