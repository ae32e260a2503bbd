// From f32 to codes of any narrow float format, a block at a time.
#include "codec.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

// Magnitude codes before any clamping, for all formats; a is finite.
template <Rounding R>
struct Magnitude {
  const Shift sh;
  const Shift wordShift;
  const U32 base, firstNormal, half;
  const F32 perStep, magic;
  const U32 magicBits;

  explicit Magnitude(const Codec& c)
      : sh(c.shift()),
        wordShift(32 - c.shift()),
        base(splat(c.base)),
        firstNormal(splat(c.firstNormal)),
        half(splat((1u << (c.shift() - 1)) - (R == kNearestEven ? 1 : 0))),
        perStep(splat(c.steps(24))),
        magic(splat(c.magic())),
        magicBits(splat(bitsOf(c.magic()))) {}

  UK_INLINE U32 of(const Magnitude& k, U32 a, const uint32_t* words) {
    U32 normal, subnormal;
    if (R == kNearestEven) {
      // Ties go to the even code: the parity of (a >> sh) - base, which differs from a's when m = 0.
      const U32 parity = (shr(a, k.sh) - k.base) & splat(1u);
      normal = shr(a + k.half + parity, k.sh) - k.base;
      subnormal = asBits(asFloat(a) + k.magic) - k.magicBits;
    } else {
      const U32 u = toInt(asFloat(a) * k.perStep);
      if (R == kStochastic) {
        const U32 w = load(words);
        normal = shr(a + shr(w, k.wordShift), k.sh) - k.base;
        subnormal = shr<24>(u + shr<8>(w));
      } else if (R == kTowardZero) {
        normal = shr(a, k.sh) - k.base;
        subnormal = shr<24>(u);
      } else {
        normal = shr(a + k.half, k.sh) - k.base;
        subnormal = shr<24>(u + splat(1u << 23));
      }
    }
    return select(above(k.firstNormal, a), subnormal, normal);
  }
};

uint64_t firstNanOf(const float* x, size_t n) {
  for (size_t i = 0; i < n; i++)
    if ((bitsOf(x[i]) & kAbs) > kInfinity) return i;
  return n;
}

// Any format, any option.
template <Rounding R>
void encodeGeneral(const Codec& c, float scale, const float* x, const uint32_t* words, size_t n, uint8_t* codes,
                   uint64_t index, EncodeTally& tally) {
  const Magnitude<R> magnitude(c);
  const F32 scales = splat(scale), lift = splat(c.lift);
  const U32 maxCode = splat(c.maxCode);
  const U32 countTo = splat(c.infCode == c.maxCode ? kInfinity : kInfinity - 1);
  const Shift signShift(c.bits - 1);
  const U32 bareZero = splat(c.bareZero ? 0u : ~0u);
  size_t overflowed = 0, underflowed = 0;
  bool nans = false;
  mapSteps(x, codes, n, [&](const float* p, uint8_t* out, size_t at, size_t) {
    U32 found[4];
    for (size_t v = 0; v < 4; v++) {
      const F32 value = load(p + v * kLanes);
      const U32 ax = asBits(value) & splat(kAbs);
      const U32 a = asBits(value * scales * lift) & splat(kAbs);
      const U32 code = Magnitude<R>::of(magnitude, a, words + at + v * kLanes);
      // Rounding by words and truncation never turn a value below the next step into an overflow.
      const bool roundsOver = R == kNearestEven || R == kNearestAway;
      const M32 over = above(roundsOver ? code : shr(a, magnitude.sh) - magnitude.base, maxCode);
      overflowed += static_cast<size_t>(__builtin_popcount(bits(andNot(above(ax, countTo), over))));
      underflowed +=
          static_cast<size_t>(__builtin_popcount(bits(andNot(equal(ax, splat(0u)), equal(code, splat(0u))))));
      U32 result = select(over, splat(c.overCode), min(code, maxCode));
      result = select(equal(ax, splat(kInfinity)), splat(c.infCode), result);
      const U32 sign = shl(shr<31>(asBits(value)), signShift);
      result = result | (sign & select(equal(result, splat(0u)), bareZero, splat(~0u)));
      const M32 nan = above(ax, splat(kInfinity));
      nans |= any(nan);
      const M32 positive = equal(sign, splat(0u));
      found[v] = select(nan, select(positive, splat(c.nanPositive), splat(c.nanNegative)), result);
    }
    store(out, narrow(found[0], found[1], found[2], found[3]));
  });
  if (c.count) {
    tally.overflowed += static_cast<double>(overflowed);
    tally.underflowed += static_cast<double>(underflowed);
  }
  if (nans && c.nan == kThrow) {
    const auto first = static_cast<double>(index + firstNanOf(x, n));
    if (first < tally.firstNan) tally.firstNan = first;
  }
}

// Saturating forms of the other roundings: only what is not finite needs the general function.
template <Rounding R>
void encodeFast(const Codec& c, float scale, const float* x, const uint32_t* words, size_t n, uint8_t* codes,
                uint64_t index, EncodeTally& tally) {
  const Magnitude<R> magnitude(c);
  const F32 scales = splat(scale);
  const U32 overCode = splat(c.overCode);
  const Bytes signBit = splatBytes(c.signBit);
  U32 peak = splat(0u);
  mapSteps(x, codes, n, [&](const float* p, uint8_t* out, size_t at, size_t) {
    prefetch(p);
    U32 found[4];
    F32 values[4];
    for (size_t v = 0; v < 4; v++) {
      values[v] = load(p + v * kLanes);
      const U32 a = asBits(values[v] * scales) & splat(kAbs);
      peak = max(peak, a);
      found[v] = min(Magnitude<R>::of(magnitude, a, words + at + v * kLanes), overCode);
    }
    const Bytes signs = signsOf(values[0], values[1], values[2], values[3]) & signBit;
    store(out, narrow(found[0], found[1], found[2], found[3]) | signs);
  });
  if (maxOf(peak) >= kInfinity) encodeGeneral<R>(c, scale, x, words, n, codes, index, tally);
}

// Round to nearest even, m >= 1. With P = the power of two of |y|, at least that of the smallest normal
// value, |y| + 2^(23 - m) P leaves q = round(|y| / ulp) in the low bits of the sum, and
//   code = q + (E(P) - E(smallest normal)) << m.
void encodeNearestEven(const Codec& c, float scale, const float* x, const uint32_t* words, size_t n, uint8_t* codes,
                       uint64_t index, EncodeTally& tally) {
  const F32 scales = splat(scale);
  const U32 clamp = splat(c.clamp), firstNormal = splat(c.firstNormal), up = splat(c.shift() << 23);
  const Shift sh(c.shift());
  const Bytes offset = splatBytes(c.firstNormal >> c.shift()), signBit = splatBytes(c.signBit);
  U32 peak = splat(0u);
  mapSteps(x, codes, n, [&](const float* p, uint8_t* out, size_t, size_t) {
    prefetch(p);
    U32 found[4];
    F32 values[4];
    for (size_t v = 0; v < 4; v++) {
      values[v] = load(p + v * kLanes);
      const U32 unclamped = asBits(values[v] * scales) & splat(kAbs);
      peak = max(peak, unclamped);
      const U32 a = min(unclamped, clamp);
      const U32 power = max(a & splat(kInfinity), firstNormal);
      const U32 sum = asBits(asFloat(a) + asFloat(power + up));
      found[v] = (sum + shr(power, sh)) & splat(0xffu);
    }
    const Bytes signs = signsOf(values[0], values[1], values[2], values[3]) & signBit;
    store(out, (narrow(found[0], found[1], found[2], found[3]) - offset) | signs);
  });
  if (maxOf(peak) >= kInfinity) encodeGeneral<kNearestEven>(c, scale, x, words, n, codes, index, tally);
}

// The scale format, unsigned powers of two: halfway and above go up, except that below 2^-126 nothing
// is rounded to nearest.
void encodeE8m0(const Codec& c, float scale, const float* x, const uint32_t*, size_t n, uint8_t* codes, uint64_t index,
                EncodeTally& tally) {
  const bool saturates = c.overflow != kNonSaturating;
  for (size_t i = 0; i < n; i++) {
    const uint32_t ax = bitsOf(x[i]) & kAbs;
    const auto y = static_cast<int32_t>(bitsOf(x[i] * scale));
    uint32_t code = 0xff;
    if (ax >= kInfinity) {
      if (ax > kInfinity && c.nan == kMaximum) code = 0xfe;
    } else if (y <= 0) {
      code = saturates ? 0 : 0xff;
    } else if (y < 0x00800000) {
      code = y > 0x00400000;
    } else {
      code = (static_cast<uint32_t>(y) + 0x00400000) >> 23;
      if (code >= 0xff) {
        code = saturates ? 0xfe : 0xff;
        if (c.count) tally.overflowed++;
      }
    }
    codes[i] = static_cast<uint8_t>(code);
  }
  const uint64_t nan = c.nan == kThrow ? firstNanOf(x, n) : n;
  if (nan < n && static_cast<double>(index + nan) < tally.firstNan) tally.firstNan = static_cast<double>(index + nan);
}

}  // namespace

EncodeBlock encodeBlockOf(const Codec& c) {
  if (c.special == kE8m0) return encodeE8m0;
  switch (c.rounding) {
    case kStochastic:
      return c.fast ? encodeFast<kStochastic> : encodeGeneral<kStochastic>;
    case kTowardZero:
      return c.fast ? encodeFast<kTowardZero> : encodeGeneral<kTowardZero>;
    case kNearestAway:
      return c.fast ? encodeFast<kNearestAway> : encodeGeneral<kNearestAway>;
    default:
      return c.fast ? encodeNearestEven : encodeGeneral<kNearestEven>;
  }
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
