/** Matrices laid out as the tiles of `conv-tile.ts` read them. */

/**
 * Interleaves up to four rows of `count` floats: to[k][r] = row r, element k, zeros for missing rows.
 *
 * @param pitch - bytes between rows; `step` bytes between elements k of the result, at least 16
 */
export function interleave(from: usize, pitch: usize, rows: i32, count: i32, to: usize, step: usize): void {
  if (rows < 4) return interleaveFew(from, pitch, rows, count, to, step)
  let k = 0
  for (; k + 4 <= count; k += 4) {
    transposeFour(from, pitch, to, step)
    from += 16
    to += step << 2
  }
  for (; k < count; k++) {
    for (let r: usize = 0; r < 4; r++) store<f32>(to + (r << 2), load<f32>(from + r * pitch))
    from += 4
    to += step
  }
}

function interleaveFew(from: usize, pitch: usize, rows: i32, count: i32, to: usize, step: usize): void {
  for (let k = 0; k < count; k++) {
    v128.store(to, f32x4.splat(0))
    for (let r: usize = 0; r < <usize>rows; r++) store<f32>(to + (r << 2), load<f32>(from + r * pitch))
    from += 4
    to += step
  }
}

/** Transposes 4 × 4 floats. */
// @ts-ignore: decorator
@inline
export function transposeFour(from: usize, pitch: usize, to: usize, step: usize): void {
  const a = v128.load(from)
  const b = v128.load(from + pitch)
  const c = v128.load(from + 2 * pitch)
  const d = v128.load(from + 3 * pitch)
  const lowAb = v128.shuffle<i32>(a, b, 0, 4, 1, 5)
  const highAb = v128.shuffle<i32>(a, b, 2, 6, 3, 7)
  const lowCd = v128.shuffle<i32>(c, d, 0, 4, 1, 5)
  const highCd = v128.shuffle<i32>(c, d, 2, 6, 3, 7)
  v128.store(to, v128.shuffle<i64>(lowAb, lowCd, 0, 2))
  v128.store(to + step, v128.shuffle<i64>(lowAb, lowCd, 1, 3))
  v128.store(to + 2 * step, v128.shuffle<i64>(highAb, highCd, 0, 2))
  v128.store(to + 3 * step, v128.shuffle<i64>(highAb, highCd, 1, 3))
}

/** Up to eight rows as [count][8], zeros for missing rows. */
export function transposeRows(from: usize, pitch: usize, rows: i32, count: i32, to: usize): void {
  interleave(from, pitch, min(4, rows), count, to, 32)
  interleave(from + 4 * pitch, pitch, max(0, min(4, rows - 4)), count, to + 16, 32)
}

/** Byte offsets k · step of `count` elements. */
export function steps(to: usize, count: i32, step: usize): void {
  for (let k: usize = 0; k < <usize>count; k++) store<usize>(to + (k << 2), k * step)
}
