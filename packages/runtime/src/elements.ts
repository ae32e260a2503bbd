/** Element types of arrays that cross the ABI. */
export interface ElementArrays {
  u8: Uint8Array
  i8: Int8Array
  u16: Uint16Array
  i16: Int16Array
  u32: Uint32Array
  i32: Int32Array
  u64: BigUint64Array
  i64: BigInt64Array
  f32: Float32Array
  f64: Float64Array
}
export type Element = keyof ElementArrays

/** In the order of the memory's views. */
export const elements: readonly Element[] = ['u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'u64', 'i64', 'f32', 'f64']

export const elementBytes: Record<Element, number> = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  f32: 4,
  f64: 8,
}
