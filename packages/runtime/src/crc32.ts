/** CRC-32 as in IEEE 802.3, zlib and PNG: reflected polynomial 0xedb88320, eight bytes a turn. */

let tables: Int32Array | undefined

/** Entry 256·k + b: what byte b contributes k bytes later. */
function makeTables(): Int32Array {
  const table = new Int32Array(8 * 256)
  for (let b = 0; b < 256; b++) {
    let crc = b
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
    table[b] = crc
  }
  for (let i = 256; i < table.length; i++) {
    const before = table[i - 256]
    table[i] = (before >>> 8) ^ table[before & 0xff]
  }
  return table
}

/**
 * CRC-32 of some bytes, as an unsigned 32-bit number.
 *
 * @param before the CRC-32 of what precedes `bytes`; 0 at the beginning
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  tables ??= makeTables()
  const t = tables
  let crc = ~before
  let i = 0
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low = crc ^ (bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24))
    crc =
      t[1792 + (low & 0xff)] ^
      t[1536 + ((low >>> 8) & 0xff)] ^
      t[1280 + ((low >>> 16) & 0xff)] ^
      t[1024 + (low >>> 24)] ^
      t[768 + bytes[i + 4]] ^
      t[512 + bytes[i + 5]] ^
      t[256 + bytes[i + 6]] ^
      t[bytes[i + 7]]
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]) & 0xff]
  return ~crc >>> 0
}
