"""The kernel's definitions once more, in numpy, as plainly as they can be said; source of the goldens in spec/.

Every float operation is a numpy float32 operation: one rounding each, no fused multiply-add.
"""

from dataclasses import dataclass

import numpy as np

F32, U32, I64, U64 = np.float32, np.uint32, np.int64, np.uint64
np.seterr(all="ignore")


def bits_of(x):
    return np.ascontiguousarray(x, F32).view(U32)


def floats(bits):
    return np.ascontiguousarray(bits, U32).view(F32)


# ---- random words -------------------------------------------------------------------------------


def philox(counter, key):
    """Philox 4x32-10 of arrays of counters (4 arrays) under one key (2 numbers): 4 arrays of words."""
    c = [np.asarray(x, U64) for x in counter]
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c[0] * U64(0xD2511F53), c[2] * U64(0xCD9E8D57)
        low = U64(0xFFFFFFFF)
        c = [(p1 >> U64(32)) ^ c[1] ^ U64(k0), p1 & low, (p0 >> U64(32)) ^ c[3] ^ U64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c


def words(n, seed, tag, stream=0, offset=0):
    """Word j & 3 of block j >> 2 for the elements j = offset .. offset + n - 1."""
    first, last = offset // 4, (offset + n + 3) // 4
    block = np.arange(first, last, dtype=U64)
    full = np.full(block.shape, 0, U64)
    w = philox(
        [block & U64(0xFFFFFFFF), block >> U64(32), full + U64(stream), full + U64(tag)],
        (seed & 0xFFFFFFFF, seed >> 32),
    )
    flat = np.stack(w, axis=1).reshape(-1).astype(U32)
    return flat[offset - 4 * first :][:n]


def gradients(n, seed, shift=0):
    w, v = words(n, seed, 0xF0), words(n, seed, 0xF1)
    popcount = np.bitwise_count(v & U32(0xFFFF)).astype(U32)
    bits = (v & U32(0x80000000)) | ((popcount + U32(119 + shift)) << U32(23)) | (w >> U32(9))
    return floats(np.where((v >> U32(16)) & U32(3) == 0, U32(0), bits))


def quick_set():
    high = np.arange(65536, dtype=U32)[:, None] << U32(16)
    return floats((high | np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], U32)).reshape(-1))


# ---- statistics ---------------------------------------------------------------------------------


def log2_fixed(a):
    """2048 log2 of the magnitudes with bits a, 0 < a < Inf."""
    tiny = a < 0x00800000
    a = np.where(tiny, bits_of(a.astype(F32)), a)
    e = (a >> U32(23)).astype(I64) - 127 - np.where(tiny, 149, 0)
    t = floats((a & U32(0x7FFFFF)) | U32(0x3F800000)) - F32(1)
    c0, c1, c2, c3 = floats(np.array([0x3EE242F3, 0xBE88CBBD, 0x3E17FD28, 0xBD38EE36], U32))
    p = ((c3 * t + c2) * t + c1) * t + c0
    y = t + ((t * (F32(1) - t)) * p)
    return bits_of(y * F32(2048) + F32(12582912)).astype(I64) - 0x4B400000 + 2048 * e


def stats(x):
    a = bits_of(x) & U32(0x7FFFFFFF)
    finite = a < 0x7F800000
    kept = a[finite & (a > 0)]
    level = log2_fixed(kept)
    s1, s2, n = int(level.sum()), int((level * level).sum()), len(kept)
    sigma = 0.0 if n < 2 else (float(n * s2 - s1 * s1) / float(n * (n - 1)) / 2**22) ** 0.5
    return {
        "count": n,
        "zeros": int((a == 0).sum()),
        "nonFinite": int((~finite).sum()),
        "sumL": str(s1),
        "sumL2": str(s2),
        "amaxBits": f"{int(kept.max()):08x}" if n else "00000000",
        "aminBits": f"{int(kept.min()):08x}" if n else "7f800000",
        "muLog2": s1 / (2048 * n) if n else None,
        "sigmaLog2": sigma if n else None,
    }


def log_histogram(x):
    a = bits_of(x) & U32(0x7FFFFFFF)
    return np.bincount(a[(a > 0) & (a < 0x7F800000)] >> U32(20), minlength=2048).astype(U32)


# ---- element codecs -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Format:
    name: str
    exp: int
    man: int
    bias: int
    special: str

    @property
    def bits(self):
        return 8 if self.special == "e8m0" else 1 + self.exp + self.man

    @property
    def ones(self):
        return (1 << (self.exp + self.man)) - 1

    @property
    def inf(self):
        return self.ones - ((1 << self.man) - 1)

    @property
    def max_code(self):
        return {"ieee": self.inf - 1, "fn": self.ones - 1, "e8m0": self.ones - 1}.get(self.special, self.ones)


FORMATS = {
    f.name: f
    for f in [
        Format("e4m3fn", 4, 3, 7, "fn"),
        Format("e5m2", 5, 2, 15, "ieee"),
        Format("e4m3", 4, 3, 7, "ieee"),
        Format("e3m4", 3, 4, 3, "ieee"),
        Format("e4m3fnuz", 4, 3, 8, "fnuz"),
        Format("e5m2fnuz", 5, 2, 16, "fnuz"),
        Format("e4m3b11fnuz", 4, 3, 11, "fnuz"),
        Format("e2m3fn", 2, 3, 1, "finite"),
        Format("e3m2fn", 3, 2, 3, "finite"),
        Format("e2m1fn", 2, 1, 1, "finite"),
        Format("e8m0fnu", 8, 0, 127, "e8m0"),
        Format("ieee(3,2)", 3, 2, 3, "ieee"),
        Format("ieee(4,1)", 4, 1, 7, "ieee"),
        Format("finite(3,0)", 3, 0, 3, "finite"),
        Format("finite(3,0,2)", 3, 0, 2, "finite"),
    ]
}


def decode_table(f):
    """Value of every code."""
    code = np.arange(1 << f.bits)
    if f.special == "e8m0":
        return np.where(code == 255, np.nan, np.exp2(code - 127.0)).astype(F32)
    magnitude = code & f.ones
    e, m = magnitude >> f.man, magnitude & ((1 << f.man) - 1)
    value = np.where(e == 0, m, m + (1 << f.man)) * np.exp2(np.maximum(e, 1) - float(f.bias) - f.man)
    value = np.where(magnitude > f.max_code, np.nan, value)
    if f.special == "ieee":
        value = np.where(magnitude == f.inf, np.inf, value)
    value = np.where(code > f.ones, -value, value)
    if f.special == "fnuz":
        value[f.ones + 1] = np.nan
    return value.astype(F32)


def rounded_codes(a, f, rounding, w):
    """Magnitude codes, unclamped, and the same truncated; a = magnitude bits of f32 as int64."""
    sh, base = 23 - f.man, (127 - f.bias) << f.man
    small = a < (128 - f.bias) << 23
    value = floats(a.astype(U32)).astype(np.float64)
    # The value in 2^-24 steps of a subnormal, cut to an integer.
    steps = np.where(small, np.floor(value * 2.0 ** (f.bias + f.man + 23)), 0).astype(I64)
    cut = np.where(small, steps >> 24, (a >> sh) - base)
    if rounding == "rtz":
        return cut, cut
    if rounding == "rna":
        return np.where(small, (steps + (1 << 23)) >> 24, ((a + (1 << (sh - 1))) >> sh) - base), cut
    if rounding == "sr":
        w = w.astype(I64)
        return np.where(small, (steps + (w >> 8)) >> 24, ((a + (w >> (32 - sh))) >> sh) - base), cut
    # To nearest, ties to the even code: exact in f64, in units of the last place of the code.
    ulp = np.exp2(np.maximum(np.floor(np.log2(np.maximum(value, 1e-300))), 1.0 - f.bias) - f.man)
    near = np.floor(value / ulp)
    rest = value / ulp - near
    lower = np.where(small, near, (a >> sh) - base).astype(I64)
    up = (rest > 0.5) | ((rest == 0.5) & (lower % 2 == 1))
    return lower + up, cut


def encode_e8m0(bits, overflow):
    saturating = overflow != "non-saturating"
    a = bits.astype(I64)
    near = (a + 0x400000) >> 23
    code = np.where(a <= 0x400000, 0, np.where(a < 0x800000, 1, np.where(near >= 255, 254 if saturating else 255, near)))
    code = np.where((bits >> U32(31) == 1) | (a == 0), 0 if saturating else 255, code)
    return np.where(a & 0x7FFFFFFF >= 0x7F800000, 255, code).astype(np.uint8)


def encode(x, f, rounding="rne", overflow="saturate", nan="canonical", scale=1.0, w=None):
    """Codes, one per byte. Finiteness is judged on x, before the scale."""
    x = np.asarray(x, F32)
    scaled = bits_of(x * F32(scale)) if scale != 1 else bits_of(x)
    if f.special == "e8m0":
        return encode_e8m0(scaled, overflow)
    magnitude = bits_of(x) & U32(0x7FFFFFFF)
    is_nan, is_inf = magnitude > 0x7F800000, magnitude == 0x7F800000
    sign = (bits_of(x) >> U32(31)).astype(I64) << (f.bits - 1)
    a = (scaled & U32(0x7FFFFFFF)).astype(I64)
    code, cut = rounded_codes(np.where(a >= 0x7F800000, 0x7F7FFFFF, a), f, rounding, w)
    directed = rounding in ("rtz", "sr")
    over = (cut if directed else code) > f.max_code
    over |= (a >= 0x7F800000) & ~is_nan
    code = np.minimum(code, f.max_code)
    beyond = {"ieee": f.inf, "fn": f.ones}.get(f.special, f.max_code)
    lost = over & (is_inf if overflow == "saturate-finite" else overflow == "non-saturating")
    code = np.where(over, np.where(lost, beyond, f.max_code), code)
    out = np.where((code == 0) & (f.special == "fnuz"), 0, code | sign)
    if f.special == "fnuz":
        out = np.where(lost, f.ones + 1, out)
    return np.where(is_nan, nan_code(f, sign, nan), out).astype(np.uint8)


def nan_code(f, sign, nan):
    if nan == "max":
        return f.max_code | sign
    if f.special == "fnuz":
        return np.full_like(sign, f.ones + 1)
    if f.special == "fn":
        return f.ones | sign
    if f.special == "ieee" and f.man > 0:
        return f.inf | (1 << (f.man - 1)) | sign
    return sign ^ (f.ones + 1)


def pack(codes, bits):
    """Code i in stream bits [N i, N i + N), least significant first."""
    spread = (codes[:, None] >> np.arange(bits)) & 1
    return np.packbits(spread.reshape(-1).astype(np.uint8), bitorder="little")


def unpack(data, bits, n):
    stream = np.unpackbits(data, bitorder="little", count=n * bits).reshape(n, bits).astype(I64)
    return (stream << np.arange(bits)).sum(axis=1).astype(np.uint8)
