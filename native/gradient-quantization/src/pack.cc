#include "pack.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

// Eight codes, one per byte of `v`, side by side in the low 8 N bits: pairs, then fours, then eights.
UK_INLINE uint64_t joinEight(uint64_t v, uint32_t width) {
  v = (v & 0x00ff00ff00ff00ff) | (v & 0xff00ff00ff00ff00) >> (8 - width);
  v = (v & 0x0000ffff0000ffff) | (v & 0xffff0000ffff0000) >> (16 - 2 * width);
  return (v & 0x00000000ffffffff) | (v & 0xffffffff00000000) >> (32 - 4 * width);
}

UK_INLINE uint64_t splitEight(uint64_t v, uint32_t width) {
  const uint64_t four = (uint64_t{1} << 4 * width) - 1;
  const uint64_t two = (uint64_t{1} << 2 * width) - 1;
  const uint64_t one = (uint64_t{1} << width) - 1;
  v = (v & four) | (v & ~four) << (32 - 4 * width);
  v = (v & two * 0x0000000100000001) | (v >> 2 * width & two * 0x0000000100000001) << 16;
  return (v & one * 0x0001000100010001) | (v >> width & one * 0x0001000100010001) << 8;
}

// Any width, eight codes at a time; the last eight may be fewer. Byte order: little-endian targets only.
void packAny(const uint8_t* codes, size_t n, uint32_t width, uint8_t* out) {
  const size_t bytes = packedBytes(n, width);
  for (size_t i = 0, at = 0; i < n; i += 8, at += width) {
    uint64_t eight;
    std::memcpy(&eight, codes + i, sizeof eight);
    eight = joinEight(eight, width);
    if (at + 8 <= bytes) {
      std::memcpy(out + at, &eight, sizeof eight);
    } else {
      std::memcpy(out + at, &eight, lesser(width, bytes - at));
    }
  }
}

void unpackAny(const uint8_t* in, size_t n, uint32_t width, uint8_t* codes) {
  const size_t bytes = packedBytes(n, width);
  const uint64_t used = (uint64_t{1} << 8 * width) - 1;
  for (size_t i = 0, at = 0; i < n; i += 8, at += width) {
    uint64_t eight = 0;
    if (at + 8 <= bytes) {
      std::memcpy(&eight, in + at, sizeof eight);
    } else {
      std::memcpy(&eight, in + at, lesser(width, bytes - at));
    }
    eight = splitEight(eight & used, width);
    std::memcpy(codes + i, &eight, sizeof eight);
  }
}

}  // namespace

void packCodes(uint8_t* codes, size_t n, uint32_t width, uint8_t* out) {
  const size_t whole = n / kStep * kStep;
  std::memset(codes + n, 0, (n + kStep - 1) / kStep * kStep - n);
  size_t done = 0;
  if (width == 8) {
    std::memcpy(out, codes, n);
    return;
  }
  if (width == 4) {
    for (; done < whole; done += kStep) storeNibbles(out + done / 2, loadBytes(codes + done));
  } else if (width == 6) {
    for (; done < whole; done += kStep) storeSextets(out + done / 4 * 3, loadBytes(codes + done));
  }
  packAny(codes + done, n - done, width, out + done / 8 * width);
}

void unpackCodes(const uint8_t* in, size_t n, uint32_t width, uint8_t* codes) {
  const size_t whole = n / kStep * kStep;
  size_t done = 0;
  if (width == 8) {
    std::memcpy(codes, in, n);
    return;
  }
  if (width == 4) {
    for (; done < whole; done += kStep) store(codes + done, loadNibbles(in + done / 2));
  } else if (width == 6) {
    for (; done < whole; done += kStep) store(codes + done, loadSextets(in + done / 4 * 3));
  }
  unpackAny(in + done / 8 * width, n - done, width, codes + done);
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
