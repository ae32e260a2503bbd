"""The elementary functions once more, in NumPy: independent of C++, Rust and AssemblyScript, whose bits it fixes.

    python scripts/oracles/math_reference.py          writes spec/common/math-goldens.json
    python scripts/oracles/math_reference.py --check  fails when it differs
"""

import json
import struct
import sys
from pathlib import Path

import numpy as np

SPEC = Path(__file__).parents[2] / "spec" / "common"
FILE = SPEC / "math-goldens.json"
U32, U64, F32, F64 = np.uint32, np.uint64, np.float32, np.float64
TABLE = json.loads((SPEC / "math.json").read_text())
C32 = {e["name"]: F32(struct.unpack(">f", bytes.fromhex(e["bits"]))[0]) for e in TABLE["f32"]}
C64 = {e["name"]: F64(struct.unpack(">d", bytes.fromhex(e["bits"]))[0]) for e in TABLE["f64"]}
STRIDE = 4099


def canonical(v):
    nan = U32(0x7FC00000).view(F32) if v.dtype == F32 else U64(0x7FF8000000000000).view(F64)
    return np.where(np.isnan(v), nan, v)


def horner(c, names, x):
    """c[names[0]] + x (c[names[1]] + …), from the inside out."""
    total = np.full_like(x, c[names[-1]])
    for name in reversed(names[:-1]):
        total = c[name] + x * total
    return total


def exp32(x):
    y = np.where(x < C32["expMin"], C32["expMin"], x)
    y = np.where(C32["expMax"] < y, C32["expMax"], y)
    k = np.rint(y * C32["inverseLn2"])
    r = y - k * C32["ln2High"] - k * C32["ln2Low"]
    p = F32(1) + (r + r * r * horner(C32, [f"expQ{j}" for j in range(5)], r))
    n = np.where(np.isnan(x), F32(0), k).astype(np.int32)
    half = n >> 1
    return canonical(np.ldexp(np.ldexp(p, half), n - half))


def log32(x):
    m, k = np.frexp(np.where((x > 0) & (x < np.inf), x, F32(1)))
    low = m < U32(0x3F3504F3).view(F32)
    m, k = np.where(low, m * F32(2), m), (k - low).astype(F32)
    f = m - F32(1)
    s = f / (F32(2) + f)
    z = s * s
    half = F32(0.5) * f * f
    low = s * (half + z * horner(C32, ["logR0", "logR1", "logR2"], z)) + k * C32["ln2Low"]
    result = k * C32["ln2High"] - (half - low - f)
    result = np.where(x == 0, F32(-np.inf), np.where(x < 0, F32(np.nan), result))
    return canonical(np.where(x < np.inf, result, x))


def tanh32(x):
    a = np.abs(x)
    z = a * a
    near = a + a * z * horner(C32, [f"tanhP{j}" for j in range(5)], z)
    bounded = np.where(C32["tanhLarge"] < a, C32["tanhLarge"], a)
    far = F32(1) - F32(2) / (exp32(bounded + bounded) + F32(1))
    return canonical(np.copysign(np.where(a < C32["tanhSmall"], near, far), x))


def sigmoid32(x):
    e = exp32(-np.abs(x))
    return canonical(np.where(x < 0, e, F32(1)) / (F32(1) + e))


def reduce_large(x):
    """(r, k) of one finite number, in integers without limits."""
    mantissa, exponent = np.frexp(abs(x))
    m, e = int(mantissa * 2**24), int(exponent) - 24
    two_over_pi = int("".join(TABLE["twoOverPi"]), 16)
    # 96 bits of 2/π from 2^(1 − e) down; with fewer than 224 bits in the table the same as from all of them.
    window = (two_over_pi << 96 >> (224 - (e - 2))) & (2**96 - 1)
    turns = ((m * (window >> 64)) << 32) + m * (window >> 32 & 0xFFFFFFFF) + (m * (window & 0xFFFFFFFF) >> 32)
    turns &= 2**64 - 1
    k = (turns + 2**61 & 2**64 - 1) >> 62
    rest = turns - (k << 62)
    rest = rest - 2**64 if rest >= 2**63 else rest
    r = F32(F64(rest) * F64(np.pi / 2 / 2**62))
    return (-r, -k) if x < 0 else (r, k)


def sincos32(x):
    within = np.abs(x) < C32["trigLimit"]
    # The sum makes 0 of −0.
    k = np.rint(np.where(within, x, F32(0)) * C32["inverseHalfPi"]) + F32(0)
    near = x - k * C32["halfPiHigh"]
    middle = k * C32["halfPiMiddle"]
    high = near - middle
    r = high + (near - high - middle - k * C32["halfPiLow"])
    k = k.astype(np.int64)
    for i in np.flatnonzero(~within):
        r[i], k[i] = reduce_large(x[i]) if np.isfinite(x[i]) else (F32(np.nan), 0)
    a = np.abs(r)
    z = a * a
    sine = np.copysign(a + a * z * horner(C32, ["sinS0", "sinS1", "sinS2"], z), r)
    half = F32(0.5) * z
    w = F32(1) - half
    cosine = w + (F32(1) - w - half + z * z * horner(C32, ["cosC0", "cosC1", "cosC2"], z))
    turned = lambda q: np.where(q & 2, -1, 1).astype(F32) * np.where(q & 1, cosine, sine)
    return canonical(turned(k)), canonical(turned(k + 1))


def exp64(x):
    k = np.rint(np.clip(x, -746, 710) * C64["inverseLn2"])
    r = x - k * C64["ln2High"] - k * C64["ln2Low"]
    s = r * r
    t = lambda n: C64[f"expTaylor{n}"]
    even = ((((s * t(12) + t(10)) * s + t(8)) * s + t(6)) * s + t(4)) * s + 0.5
    odd = (((((s * t(13) + t(11)) * s + t(9)) * s + t(7)) * s + t(5)) * s + t(3)) * (s * r)
    p = 1 + (r + (s * even + odd))
    n = np.where(np.isnan(k), 0, k).astype(np.int32)
    # The first step is exact for every n; the second rounds to subnormals.
    scaled = np.ldexp(np.ldexp(p, n // 2), n - n // 2)
    return canonical(np.where(x > C64["expMax"], np.inf, np.where(x < C64["expMin"], 0.0, scaled)))


def log64(x):
    m, k = np.frexp(np.where((x > 0) & (x < np.inf), x, 1.0))
    # Where the upper 20 bits of the mantissa are those of √2 or above, m is halved: here, stays below 1.
    high = (m.view(U64) >> U64(32)).astype(U32) & U32(0xFFFFF)
    up = high + U32(0x95F64) >= U32(0x100000)
    m, k = np.where(up, m, m * 2), (k - ~up).astype(F64)
    f = m - 1
    s = f / (2 + f)
    w = s * s
    v = w * w
    o = lambda n: C64[f"logOdd{n}"]
    even = ((((v * o(21) + o(17)) * v + o(13)) * v + o(9)) * v + o(5)) * v
    odd = ((((v * o(23) + o(19)) * v + o(15)) * v + o(11)) * v + o(7)) * v + o(3)
    result = k * C64["ln2High"] + (2 * s + 2 * s * (even + w * odd) + k * C64["ln2Low"])
    result = np.where(x == 0, -np.inf, np.where(x < 0, np.nan, result))
    return canonical(np.where(x < np.inf, result, x))


def normal_pair(w, v):
    m, e = np.frexp(2 * w.astype(F64) + 1)
    large = 2 * m > C64["normalSqrt2"]
    m, k = np.where(large, m, 2 * m), (e - np.where(large, 33, 34)).astype(F64)
    f = m - 1
    s = f / (2 + f)
    z = s * s
    z2 = z * z
    even = z2 * horner(C64, ["normalL2", "normalL4", "normalL6"], z2)
    odd = z * horner(C64, ["normalL1", "normalL3", "normalL5", "normalL7"], z2)
    half = 0.5 * f * f
    ln = k * C64["ln2High"] - (half - (s * (half + (even + odd)) + k * C64["ln2Low"]) - f)
    r = np.sqrt(-2 * ln)
    quarters = (v.astype(np.int64) + 2**29) >> 30
    x = (2 * v.astype(np.int64) + 1 - (quarters << 31)).astype(F64) * C64["normalAngle"]
    z = x * x
    sine = r * (x + z * x * (C64["normalS1"] + z * horner(C64, [f"normalS{j}" for j in range(2, 7)], z)))
    half = 0.5 * z
    one = 1 - half
    cosine = r * (one + (1 - one - half + z * (z * horner(C64, [f"normalC{j}" for j in range(1, 7)], z))))
    sign = lambda q: np.where(q & 2, -1.0, 1.0)
    odd = quarters & 1
    return sign(quarters + 1) * np.where(odd, sine, cosine), sign(quarters) * np.where(odd, cosine, sine)


FUNCTIONS32 = {
    "exp": exp32,
    "log": log32,
    "tanh": tanh32,
    "sigmoid": sigmoid32,
    "sin": lambda x: sincos32(x)[0],
    "cos": lambda x: sincos32(x)[1],
}
FUNCTIONS64 = {"exp64": exp64, "log64": log64}


def mixed(x):
    """Murmur3's finalizer."""
    x = (x ^ (x >> U64(33))) * U64(0xFF51AFD7ED558CCD)
    x = (x ^ (x >> U64(33))) * U64(0xC4CEB9FE1A85EC53)
    return x ^ (x >> U64(33))


def digest(values):
    """Σ mixed(bits + i · golden ratio) mod 2^64: the same in any order of evaluation, and two lines in any language."""
    bits = values.view(U32 if values.dtype == F32 else U64).astype(U64)
    ordinal = np.arange(len(bits), dtype=U64) * U64(0x9E3779B97F4A7C15)
    return f"{int(mixed(bits + ordinal).sum(dtype=U64)):016x}"


def sequence(n):
    """The upper halves of mixed(1), mixed(2), …: inputs that every language makes for itself."""
    return (mixed(np.arange(1, n + 1, dtype=U64)) >> U64(32)).astype(U32)


def cases32():
    special = [0, 0x80000000, 1, 0x80000001, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000]
    special += [0x7F800001, 0x7FC00001, 0xFFC00000, 0xFFFFFFFF]
    values = [1e-30, 0.1, 0.25, 0.5, 0.624999, 0.625, 0.7853982, 1, 1.5707964, 2, 3, 3.1415927, 5, 9.99, 10.01, 17, 40]
    values += [87.3, 88.72, 88.73, 103.9, 104.1, 399.99, 400, 1e4, 1e10, 3e38]
    return np.array(special, U32).tolist() + [int(F32(s * v).view(U32)) for v in values for s in (1, -1)]


def cases64():
    values = [0.0, 5e-324, 2.2e-308, 1e-10, 0.3, 0.5, 0.7071067811865475, 1, 1.4142135623730951, 2, 3.7, 10, 700]
    values += [709.78, 709.8, 745.1, 745.3, 1e300, np.inf]
    return [F64(s * v) for v in values for s in (1, -1)] + [F64(np.nan)]


def text():
    every = np.arange(0, 2**32, STRIDE, dtype=np.int64).astype(U32).view(F32)
    x32 = np.array(cases32(), U32)
    x64 = np.array(cases64())
    # All f64 at random, and for exp those within ±1024.
    wide = sequence(400000).astype(U64)
    wide = wide[0::2] << U64(32) | wide[1::2]
    inputs64 = {"exp64": wide.view(np.int64).astype(F64) * 2.0**-53, "log64": wide.view(F64)}
    words = sequence(40000)
    cosines, sines = normal_pair(words[0::2], words[1::2])
    pairs = np.stack([cosines, sines], axis=1).ravel()
    hex32 = lambda v: [f"{int(b):08x}" for b in v.view(U32)]
    hex64 = lambda v: [f"{int(b):016x}" for b in v.view(U64)]
    spec = {
        "madeBy": "scripts/oracles/math_reference.py",
        "stride": STRIDE,
        "f32": {
            "inputs": hex32(x32),
            **{name: {"outputs": hex32(f(x32.view(F32))), "digest": digest(f(every))} for name, f in FUNCTIONS32.items()},
        },
        "f64": {
            "inputs": hex64(x64),
            "count": len(wide),
            **{
                name: {"outputs": hex64(f(x64)), "digest": digest(f(inputs64[name]))}
                for name, f in FUNCTIONS64.items()
            },
        },
        "normalPair": {
            "words": hex32(words[:16]),
            "outputs": hex64(pairs[:16]),
            "count": len(words),
            "digest": digest(pairs),
        },
        "normals": {"outputs": hex32(pairs[:16].astype(F32)), "digest": digest(pairs.astype(F32))},
    }
    return json.dumps(spec, indent=1) + "\n"


if __name__ == "__main__":
    np.seterr(all="ignore")
    found = text()
    if "--check" in sys.argv:
        sys.exit(None if FILE.read_text() == found else f"{FILE} differs from what {Path(__file__).name} makes")
    FILE.write_text(found)
