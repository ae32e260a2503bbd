// Codes of N bits in a stream of bits: code i is bits [N i, N i + N), bit b of the stream is bit b & 7
// of byte b >> 3; the last byte is filled with zeros.
#pragma once

#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

// Packs n <= kBlock codes below 1 << width, one per byte, into (n * width + 7) / 8 bytes. `codes` has
// room for the next multiple of kStep; what lies behind n is overwritten with zeros.
void packCodes(uint8_t* codes, size_t n, uint32_t width, uint8_t* out);

// The inverse. `codes` has room for kBlock codes; those behind n are unspecified.
void unpackCodes(const uint8_t* in, size_t n, uint32_t width, uint8_t* codes);

// Bytes that n codes take.
UK_INLINE size_t packedBytes(size_t n, uint32_t width) { return (n * width + 7) / 8; }

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
