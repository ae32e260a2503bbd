"""Derives the constants of the elementary functions and writes them, bit by bit, to spec/common/math.json.

    python scripts/oracles/math_constants.py          writes the file
    python scripts/oracles/math_constants.py --check  fails when it differs

Polynomials of the f32 functions are minimax in relative error (Remez's exchange), their coefficients rounded to f32
from the first on, each time fitting the others anew. scripts/generate-math.mjs turns the file into the tables of
C++, Rust and AssemblyScript. Needs mpmath.
"""

import json
import struct
import sys
from pathlib import Path

from mpmath import cos, exp, floor, log, lu_solve, matrix, mp, mpf, pi, sin, sqrt, tanh

mp.prec = 400
FILE = Path(__file__).parents[2] / "spec" / "common" / "math.json"


def round32(x):
    """The f32 nearest to x. No constant is near a tie, so rounding by way of f64 does no harm."""
    return mpf(struct.unpack("<f", struct.pack("<f", float(x)))[0])


def truncated(x, bits):
    """x cut to a number of significant bits: products with integers of the bits that are left are exact in f32."""
    scale = mpf(2) ** (bits - 1 - floor(log(x, 2)))
    return floor(x * scale) / scale


def solve(points, target, basis):
    """Coefficients c and the level e with target − Σ c φ = ±e on the points, alternating."""
    n = len(basis)
    system, right = matrix(n + 1, n + 1), matrix(n + 1, 1)
    for i, x in enumerate(points):
        for j, phi in enumerate(basis):
            system[i, j] = phi(x)
        system[i, n] = (-1) ** i
        right[i] = target(x)
    solution = lu_solve(system, right)
    return [solution[j] for j in range(n)]


def extremes(error, low, high, count):
    """The largest |error| of each run of one sign, `count` of them, on a grid that is dense at the ends."""
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / 600) for i in range(601)]
    runs = []
    for x in grid:
        e = error(x)
        if runs and (runs[-1][1] > 0) == (e > 0):
            if abs(e) > abs(runs[-1][1]):
                runs[-1] = (x, e)
        else:
            runs.append((x, e))
    while len(runs) > count:
        runs.pop(0 if abs(runs[0][1]) < abs(runs[-1][1]) else -1)
    return [x for x, _ in runs]


def remez(target, basis, low, high):
    """Minimax coefficients of `target` in `basis`; both hold the weight already."""
    n = len(basis) + 1
    points = [(low + high) / 2 - (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * n)) for i in range(n)]
    for _ in range(12):
        c = solve(points, target, basis)
        found = extremes(lambda x: target(x) - sum(k * phi(x) for k, phi in zip(c, basis)), low, high, n)
        if len(found) < n:
            break
        points = found
    return c


def rounded_minimax(target, basis, low, high):
    """Minimax with f32 coefficients: the first is rounded, the rest fitted again, and so on."""
    fixed = []
    while len(fixed) < len(basis):
        rest = lambda x, done=tuple(fixed): target(x) - sum(k * phi(x) for k, phi in zip(done, basis))
        fixed.append(round32(remez(rest, basis[len(fixed) :], low, high)[0]))
    return fixed


def polynomial(f, weight, degree_step, count, low, high):
    """f(x) ≈ Σ c_j x^(j·step), the error times weight(x) at its least."""
    basis = [lambda x, j=j: weight(x) * x ** (j * degree_step) for j in range(count)]
    return rounded_minimax(lambda x: weight(x) * f(x), basis, mpf(low), mpf(high))


def exp32():
    """e^r = 1 + r + r² q(r) for |r| ≤ ln2 / 2 and a little more, since multiples are taken off in f32."""
    bound = log(2) / 2 * mpf("1.0001")
    q = polynomial(lambda r: (exp(r) - 1 - r) / r**2, lambda r: r**2 * exp(-r), 1, 5, -bound, bound)
    high = truncated(log(2), 15)
    yield "inverseLn2", 1 / log(2), "1 / ln 2"
    yield "ln2High", high, "ln 2 to 15 bits: k times it is exact for |k| < 2^9"
    yield "ln2Low", log(2) - high, "what is left of ln 2"
    for j, c in enumerate(q):
        yield f"expQ{j}", c, f"e^r = 1 + r + r² q(r), coefficient of r^{j}"
    yield "expMin", mpf(-104), "below, e^x rounds to 0"
    yield "expMax", mpf(89), "above, e^x is infinite"


def log32():
    """ln(1 + f) = f − f²/2 + s (f²/2 + z R(z)), s = f / (2 + f), z = s²."""
    bound = (sqrt(2) - 1) / (sqrt(2) + 1)
    series = lambda s: (log((1 + s) / (1 - s)) / s - 2) / s**2
    r = polynomial(series, lambda s: s**2 / 2, 2, 3, mpf(2) ** -20, bound)
    for j, c in enumerate(r):
        yield f"logR{j}", c, f"ln((1 + s) / (1 − s)) = 2 s + s z R(z), coefficient of z^{j}"


def sincos32():
    """sin r = r + r z S(z), cos r = 1 − z/2 + z² C(z), z = r², |r| ≤ π/4 and a little more."""
    bound = pi / 4 * mpf("1.0001")
    low = mpf(2) ** -12
    s = polynomial(lambda r: (sin(r) / r - 1) / r**2, lambda r: r**3 / sin(r), 2, 3, low, bound)
    c = polynomial(lambda r: (cos(r) - 1 + r**2 / 2) / r**4, lambda r: r**4 / cos(r), 2, 3, low, bound)
    high = truncated(pi / 2, 16)
    middle = truncated(pi / 2 - high, 16)
    yield "inverseHalfPi", 2 / pi, "2 / π"
    yield "halfPiHigh", high, "π/2 to 16 bits: k times it is exact for |k| ≤ 2^8"
    yield "halfPiMiddle", middle, "16 bits more"
    yield "halfPiLow", pi / 2 - high - middle, "and what is left"
    yield "trigLimit", mpf(400), "up to here quarter turns come off in f32; beyond, in integers"
    for j, k in enumerate(s):
        yield f"sinS{j}", k, f"sin r = r + r z S(z), coefficient of z^{j}"
    for j, k in enumerate(c):
        yield f"cosC{j}", k, f"cos r = 1 − z/2 + z² C(z), coefficient of z^{j}"


def tanh32():
    """tanh x = x + x z P(z), z = x², |x| ≤ 0.625."""
    p = polynomial(lambda x: (tanh(x) / x - 1) / x**2, lambda x: x**3 / tanh(x), 2, 5, mpf(2) ** -12, mpf("0.625"))
    yield "tanhSmall", mpf("0.625"), "up to here the polynomial"
    yield "tanhLarge", mpf(10), "from here on tanh x rounds to 1"
    for j, c in enumerate(p):
        yield f"tanhP{j}", c, f"tanh x = x + x z P(z), coefficient of z^{j}"


def exp64():
    """Those of packages/runtime/src/special.ts, whose bits exp and log must have."""
    yield "inverseLn2", 1 / log(2), "1 / ln 2"
    yield "ln2High", mpf(0.6931471803691238), "ln 2 with 20 trailing zero bits: k times it is exact for |k| < 2^20"
    yield "ln2Low", mpf(1.9082149292705877e-10), "what is left of ln 2"
    factorial = mpf(2)
    for n in range(3, 14):
        factorial *= n
        yield f"expTaylor{n}", 1 / factorial, f"1 / {n}!"
    yield "expMin", mpf(-745.2), "below, e^x is 0"
    yield "expMax", mpf(709.79), "above, e^x is infinite"


def log64():
    for n in range(3, 24, 2):
        yield f"logOdd{n}", mpf(1) / n, f"artanh s = Σ s^n / n, n = {n}"


# fdlibm's e_log.c, k_sin.c and k_cos.c: Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed
# at SunPro, a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute this software is
# freely granted, provided that this notice is preserved.
FDLIBM = {
    "normalL": [
        0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
        0.15313837699209373, 0.14798198605116586,
    ],
    "normalS": [
        -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 2.7557313707070068e-6,
        -2.5050760253406863e-8, 1.58969099521155e-10,
    ],
    "normalC": [
        0.0416666666666666, -0.001388888888887411, 2.480158728947673e-5, -2.7557314351390663e-7,
        2.087572321298175e-9, -1.1359647557788195e-11,
    ],
}  # fmt: skip
FDLIBM_ABOUT = {"normalL": "ln, fdlibm's Lg", "normalS": "sin, fdlibm's S", "normalC": "cos, fdlibm's C"}


def normal64():
    """Those of normalPair in packages/runtime/src/random.ts."""
    yield "normalSqrt2", sqrt(2), "√2"
    yield "normalAngle", pi * mpf(2) ** -32, "π · 2^−32"
    for name, values in FDLIBM.items():
        for j, value in enumerate(values):
            yield f"{name}{j + 1}", mpf(value), f"{FDLIBM_ABOUT[name]}{j + 1}"


def entry(kind, name, value, about):
    pattern = struct.pack(">f" if kind == "f32" else ">d", float(value))
    return {"name": name, "bits": pattern.hex(), "about": about}


def two_over_pi():
    """Words of 2/π, most significant first: 32 · i bits of it come before word i."""
    return [f"{int(floor(2 / pi * mpf(2) ** (32 * (i + 1)))) & 0xFFFFFFFF:08x}" for i in range(7)]


def text():
    groups32, groups64 = [exp32, log32, sincos32, tanh32], [exp64, log64, normal64]
    spec = {
        "madeBy": "scripts/oracles/math_constants.py",
        "f32": [entry("f32", *row) for group in groups32 for row in group()],
        "f64": [entry("f64", *row) for group in groups64 for row in group()],
        "twoOverPi": two_over_pi(),
    }
    rows = lambda entries: ",\n".join(f"    {json.dumps(e, ensure_ascii=False)}" for e in entries)
    return (
        f'{{\n  "madeBy": "{spec["madeBy"]}",\n'
        f'  "f32": [\n{rows(spec["f32"])}\n  ],\n  "f64": [\n{rows(spec["f64"])}\n  ],\n'
        f'  "twoOverPi": {json.dumps(spec["twoOverPi"])}\n}}\n'
    )


if __name__ == "__main__":
    found = text()
    if "--check" in sys.argv:
        sys.exit(None if FILE.read_text() == found else f"{FILE} differs from what {Path(__file__).name} makes")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(found)
