// lanes.h for arm64: NEON vectors of 4 lanes.
#pragma once

#include <arm_neon.h>

namespace ukernels {
namespace UK_ISA {

constexpr size_t kLanes = 4;

struct F32 {
  float32x4_t v;
};
struct U32 {
  uint32x4_t v;
};
struct M32 {
  uint32x4_t v;
};
struct Bytes {
  uint8x16_t v;
};
struct Shift {
  int32x4_t left, right;
  explicit Shift(uint32_t count)
      : left(vdupq_n_s32(static_cast<int32_t>(count))), right(vdupq_n_s32(-static_cast<int32_t>(count))) {}
};

UK_INLINE U32 splat(uint32_t a) { return {vdupq_n_u32(a)}; }
UK_INLINE F32 splat(float a) { return {vdupq_n_f32(a)}; }
UK_INLINE U32 load(const uint32_t* p) { return {vld1q_u32(p)}; }
UK_INLINE F32 load(const float* p) { return {vld1q_f32(p)}; }
UK_INLINE void store(uint32_t* p, U32 a) { vst1q_u32(p, a.v); }
UK_INLINE void store(float* p, F32 a) { vst1q_f32(p, a.v); }

UK_INLINE U32 operator+(U32 a, U32 b) { return {vaddq_u32(a.v, b.v)}; }
UK_INLINE U32 operator-(U32 a, U32 b) { return {vsubq_u32(a.v, b.v)}; }
UK_INLINE U32 operator&(U32 a, U32 b) { return {vandq_u32(a.v, b.v)}; }
UK_INLINE U32 operator|(U32 a, U32 b) { return {vorrq_u32(a.v, b.v)}; }
UK_INLINE U32 operator^(U32 a, U32 b) { return {veorq_u32(a.v, b.v)}; }
UK_INLINE U32 andNot(U32 a, U32 b) { return {vbicq_u32(b.v, a.v)}; }
UK_INLINE U32 min(U32 a, U32 b) { return {vminq_u32(a.v, b.v)}; }
UK_INLINE U32 max(U32 a, U32 b) { return {vmaxq_u32(a.v, b.v)}; }
template <int k>
UK_INLINE U32 shl(U32 a) {
  return {vshlq_n_u32(a.v, k)};
}
template <int k>
UK_INLINE U32 shr(U32 a) {
  return {vshrq_n_u32(a.v, k)};
}
UK_INLINE U32 shl(U32 a, Shift k) { return {vshlq_u32(a.v, k.left)}; }
UK_INLINE U32 shr(U32 a, Shift k) { return {vshlq_u32(a.v, k.right)}; }

UK_INLINE F32 operator+(F32 a, F32 b) { return {vaddq_f32(a.v, b.v)}; }
UK_INLINE F32 operator-(F32 a, F32 b) { return {vsubq_f32(a.v, b.v)}; }
UK_INLINE F32 operator*(F32 a, F32 b) { return {vmulq_f32(a.v, b.v)}; }
UK_INLINE F32 operator/(F32 a, F32 b) { return {vdivq_f32(a.v, b.v)}; }

UK_INLINE U32 asBits(F32 a) { return {vreinterpretq_u32_f32(a.v)}; }
UK_INLINE F32 asFloat(U32 a) { return {vreinterpretq_f32_u32(a.v)}; }
UK_INLINE U32 toInt(F32 a) { return {vreinterpretq_u32_s32(vcvtq_s32_f32(a.v))}; }
UK_INLINE F32 toFloat(U32 a) { return {vcvtq_f32_s32(vreinterpretq_s32_u32(a.v))}; }

UK_INLINE M32 above(U32 a, U32 b) { return {vcgtq_s32(vreinterpretq_s32_u32(a.v), vreinterpretq_s32_u32(b.v))}; }
UK_INLINE M32 equal(U32 a, U32 b) { return {vceqq_u32(a.v, b.v)}; }
UK_INLINE M32 less(F32 a, F32 b) { return {vcltq_f32(a.v, b.v)}; }
UK_INLINE M32 lessEqual(F32 a, F32 b) { return {vcleq_f32(a.v, b.v)}; }
UK_INLINE M32 isNan(F32 a) { return {vmvnq_u32(vceqq_f32(a.v, a.v))}; }
UK_INLINE M32 operator&(M32 a, M32 b) { return {vandq_u32(a.v, b.v)}; }
UK_INLINE M32 operator|(M32 a, M32 b) { return {vorrq_u32(a.v, b.v)}; }
UK_INLINE M32 andNot(M32 a, M32 b) { return {vbicq_u32(b.v, a.v)}; }
UK_INLINE U32 select(M32 m, U32 a, U32 b) { return {vbslq_u32(m.v, a.v, b.v)}; }
UK_INLINE F32 select(M32 m, F32 a, F32 b) { return {vbslq_f32(m.v, a.v, b.v)}; }
UK_INLINE U32 keep(M32 m, U32 a) { return {vandq_u32(m.v, a.v)}; }
UK_INLINE U32 drop(M32 m, U32 a) { return {vbicq_u32(a.v, m.v)}; }
UK_INLINE U32 addOne(U32 n, M32 m) { return {vsubq_u32(n.v, m.v)}; }
UK_INLINE uint32_t bits(M32 m) {
  static const uint32_t kWeight[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(m.v, vld1q_u32(kWeight)));
}
UK_INLINE bool any(M32 m) { return vmaxvq_u32(m.v) != 0; }

UK_INLINE uint32_t maxOf(U32 a) { return vmaxvq_u32(a.v); }
UK_INLINE uint32_t minOf(U32 a) { return vminvq_u32(a.v); }

// As in lanes_sse41.h.
UK_INLINE U32 add64(U32 a, U32 b) {
  return {vreinterpretq_u32_u64(vaddq_u64(vreinterpretq_u64_u32(a.v), vreinterpretq_u64_u32(b.v)))};
}
UK_INLINE uint32x2_t evenLanes(U32 a) { return vmovn_u64(vreinterpretq_u64_u32(a.v)); }
UK_INLINE U32 mulEven(U32 a, U32 b) { return {vreinterpretq_u32_u64(vmull_u32(evenLanes(a), evenLanes(b)))}; }
UK_INLINE U32 mulEvenSigned(U32 a, U32 b) {
  return {vreinterpretq_u32_s64(vmull_s32(vreinterpret_s32_u32(evenLanes(a)), vreinterpret_s32_u32(evenLanes(b))))};
}
UK_INLINE U32 odd64(U32 a) { return {vreinterpretq_u32_u64(vshrq_n_u64(vreinterpretq_u64_u32(a.v), 32))}; }
UK_INLINE U32 reverse4(U32 a) {
  const uint32x4_t pairs = vrev64q_u32(a.v);
  return {vextq_u32(pairs, pairs, 2)};
}
UK_INLINE U32 xor3(U32 a, U32 b, U32 c) { return a ^ b ^ c; }
// The 4 words at p.
UK_INLINE U32 repeat4(const uint32_t* p) { return load(p); }

UK_INLINE U32 loadU8(const uint8_t* p) {
  uint32_t word;
  std::memcpy(&word, p, sizeof word);
  return {vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(word))))};
}
UK_INLINE U32 loadU16(const uint16_t* p) { return {vmovl_u16(vld1_u16(p))}; }
UK_INLINE Bytes loadBytes(const uint8_t* p) { return {vld1q_u8(p)}; }
UK_INLINE void store(uint8_t* p, Bytes a) { vst1q_u8(p, a.v); }
UK_INLINE Bytes narrow(U32 a, U32 b, U32 c, U32 d) {
  const uint16x8_t ab = vcombine_u16(vmovn_u32(a.v), vmovn_u32(b.v));
  const uint16x8_t cd = vcombine_u16(vmovn_u32(c.v), vmovn_u32(d.v));
  return {vcombine_u8(vmovn_u16(ab), vmovn_u16(cd))};
}

UK_INLINE Bytes splatBytes(uint32_t a) { return {vdupq_n_u8(static_cast<uint8_t>(a))}; }
UK_INLINE Bytes operator&(Bytes a, Bytes b) { return {vandq_u8(a.v, b.v)}; }
UK_INLINE Bytes operator|(Bytes a, Bytes b) { return {vorrq_u8(a.v, b.v)}; }
UK_INLINE Bytes operator-(Bytes a, Bytes b) { return {vsubq_u8(a.v, b.v)}; }
UK_INLINE Bytes signsOf(F32 a, F32 b, F32 c, F32 d) {
  // The top halves of the lanes, then their top bytes.
  const uint16x8_t ab = vuzp2q_u16(vreinterpretq_u16_f32(a.v), vreinterpretq_u16_f32(b.v));
  const uint16x8_t cd = vuzp2q_u16(vreinterpretq_u16_f32(c.v), vreinterpretq_u16_f32(d.v));
  const uint8x16_t top = vuzp2q_u8(vreinterpretq_u8_u16(ab), vreinterpretq_u8_u16(cd));
  return {vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u8(top), 7))};
}

UK_INLINE void storeNibbles(uint8_t* p, Bytes a) {
  const uint16x8_t pairs = vreinterpretq_u16_u8(a.v);
  vst1_u8(p, vmovn_u16(vorrq_u16(pairs, vshrq_n_u16(pairs, 4))));
}
UK_INLINE Bytes loadNibbles(const uint8_t* p) {
  const uint16x8_t wide = vmovl_u8(vld1_u8(p));
  return {vandq_u8(vreinterpretq_u8_u16(vorrq_u16(wide, vshlq_n_u16(wide, 4))), vdupq_n_u8(15))};
}
UK_INLINE void storeSextets(uint8_t* p, Bytes a) {
  static const uint8_t kOrder[16] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255};
  const U32 x{vreinterpretq_u32_u8(a.v)};
  const U32 fours = (x & splat(0x3fu)) | (shr<2>(x) & splat(0xfc0u)) | (shr<4>(x) & splat(0x3f000u)) |
                    (shr<6>(x) & splat(0xfc0000u));
  const uint8x16_t dense = vqtbl1q_u8(vreinterpretq_u8_u32(fours.v), vld1q_u8(kOrder));
  vst1_u8(p, vget_low_u8(dense));
  const uint32_t last = vgetq_lane_u32(vreinterpretq_u32_u8(dense), 2);
  std::memcpy(p + 8, &last, sizeof last);
}
UK_INLINE Bytes loadSextets(const uint8_t* p) {
  static const uint8_t kOrder[16] = {0, 1, 2, 255, 3, 4, 5, 255, 6, 7, 8, 255, 9, 10, 11, 255};
  uint32_t last;
  std::memcpy(&last, p + 8, sizeof last);
  const uint8x16_t dense = vcombine_u8(vld1_u8(p), vcreate_u8(last));
  const U32 x{vreinterpretq_u32_u8(vqtbl1q_u8(dense, vld1q_u8(kOrder)))};
  const U32 spread = (x & splat(0x3fu)) | (shl<2>(x) & splat(0x3f00u)) | (shl<4>(x) & splat(0x3f0000u)) |
                     (shl<6>(x) & splat(0x3f000000u));
  return {vreinterpretq_u8_u32(spread.v)};
}

// Byte plane k holds byte k of the 16 entries.
struct Table16 {
  uint8x16x4_t planes;
};
UK_INLINE Table16 table16(const float* p) { return {vld4q_u8(reinterpret_cast<const uint8_t*>(p))}; }
UK_INLINE void look(const Table16& table, Bytes index, float* out) {
  uint8x16x4_t found;
  for (int k = 0; k < 4; k++) found.val[k] = vqtbl1q_u8(table.planes.val[k], index.v);
  vst4q_u8(reinterpret_cast<uint8_t*>(out), found);
}

UK_INLINE size_t compress(float* p, F32 a, M32 m) {
  // Four lane numbers per mask: the lanes that stay, in order.
  static const uint8_t kOrder[16][4] = {
      {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {2, 0, 0, 0}, {0, 2, 0, 0}, {1, 2, 0, 0}, {0, 1, 2, 0},
      {3, 0, 0, 0}, {0, 3, 0, 0}, {1, 3, 0, 0}, {0, 1, 3, 0}, {2, 3, 0, 0}, {0, 2, 3, 0}, {1, 2, 3, 0}, {0, 1, 2, 3}};
  const uint32_t mask = bits(m);
  const uint32x4_t order = loadU8(kOrder[mask]).v;
  // Byte 4 i + k comes from byte 4 order[i] + k.
  const uint32x4_t bytes = vaddq_u32(vmulq_u32(order, vdupq_n_u32(0x04040404)), vdupq_n_u32(0x03020100));
  store(p, F32{vreinterpretq_f32_u8(vqtbl1q_u8(vreinterpretq_u8_f32(a.v), vreinterpretq_u8_u32(bytes)))});
  return static_cast<size_t>(__builtin_popcount(mask));
}

}  // namespace UK_ISA
}  // namespace ukernels
