"""Makes spec/gradient-quantization/special.json: special functions and lognormal sums to full double precision.

    python scripts/oracles/special.py > spec/gradient-quantization/special.json

The arguments are doubles; every value is computed from them with mpmath and rounded once. The expected errors of a
grid are computed from the textbook formulas, which cancel so badly that they need some 450 digits at sigma = 40.
"""

import json
import random
from fractions import Fraction

from mpmath import mp, mpf

mp.dps = 60


def rounded(value):
    """The nearest double; mpmath rounds to nearest, subnormals included, through the exact fraction."""
    if mp.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    sign, man, exp, _ = mpf(value)._mpf_
    fraction = Fraction(int(man)) * Fraction(2) ** exp
    if fraction >= Fraction(2) ** 1024 - Fraction(2) ** 970:
        return "-Infinity" if sign else "Infinity"
    return float(-fraction if sign else fraction)


def arguments(rng, ranges, each):
    points = []
    for low, high in ranges:
        points += [low, high] + [rng.uniform(low, high) for _ in range(each)]
    return sorted(set(points))


def table(function, points):
    rows = []
    for x in points:
        value = rounded(function(mpf(x)))
        # Below the normal range a relative bound means nothing.
        if not isinstance(value, str) and 0 < abs(value) < 2.3e-308:
            continue
        rows.append([x, value])
    return rows


def erfcx(x):
    if x > 1000:
        with mp.workdps(60):
            y = 1 / (2 * x * x)
            return (1 - y + 3 * y**2 - 15 * y**3 + 105 * y**4 - 945 * y**5) / (x * mp.sqrt(mp.pi))
    return mp.exp(x * x) * mp.erfc(x)


def quantile(p):
    z = mp.findroot(lambda t: mp.log(mp.ncdf(t)) - mp.log(p), -mp.sqrt(2) * mp.sqrt(-mp.log(p))) if p < 0.01 else None
    if z is not None:
        return z
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def special_functions():
    rng = random.Random(1)
    wide = [10.0 ** rng.uniform(-300, 300) for _ in range(150)]
    near_one = [1 + s * 2.0**-k for k in range(1, 53, 3) for s in (-1, 1)]
    tiny = [5e-324, 1e-310, 2.2250738585072014e-308]
    cuts = [0.46875, 0.66, 4.0, 5.5]
    edges = [s * c * (1 + d) for c in cuts for s in (-1, 1) for d in (-1e-15, 0, 1e-15)]
    small = [s * 10.0 ** -k for k in (300, 100, 20, 9, 5, 3) for s in (-1, 1)]
    probabilities = (
        arguments(rng, [(0.001, 0.999), (0.074, 0.076), (0.924, 0.926)], 40)
        + [10.0 ** rng.uniform(-300, -1) for _ in range(60)]
        + [1 - 10.0 ** rng.uniform(-15, -1) for _ in range(40)]
        + [0.5 + s * 10.0**-k for k in (3, 6, 9, 12) for s in (-1, 1)]
    )
    return {
        "exp": table(mp.exp, arguments(rng, [(-745, 709.7), (-1, 1), (-40, 0)], 80) + small),
        "log": table(mp.log, wide + near_one + tiny + arguments(rng, [(0.5, 2)], 80)),
        "log2": table(lambda x: mp.log(x, 2), wide + near_one + tiny + arguments(rng, [(0.5, 2)], 80)),
        "erf": table(mp.erf, arguments(rng, [(-6, 6), (-0.47, 0.47)], 80) + edges + small),
        "erfc": table(mp.erfc, arguments(rng, [(-6, 6), (0, 26.5)], 80) + edges + small),
        "erfcx": table(erfcx, arguments(rng, [(-26.6, 0), (-1, 1), (0, 30), (30, 1e6)], 60) + edges + [1e100]),
        "normalCdf": table(mp.ncdf, arguments(rng, [(-37.4, 8), (-1, 1)], 100) + edges + small),
        "normalQuantile": table(quantile, sorted(set(probabilities))),
    }


# name: exponent bits, mantissa bits, bias, number of finite magnitudes
GRIDS = {
    "e4m3fn": (4, 3, 7, 127),
    "e5m2": (5, 2, 15, 124),
    "e2m1fn": (2, 1, 1, 8),
    "e3m2fn": (3, 2, 3, 32),
    "ieee(3,2)": (3, 2, 3, 28),
    "finite(3,0)": (3, 0, 3, 8),
    "finite(1,6)": (1, 6, 0, 128),
    "finite(7,0)": (7, 0, 63, 128),
}


def grid(name):
    _, man, bias, count = GRIDS[name]
    values = []
    for code in range(count):
        e, m = code >> man, code & ((1 << man) - 1)
        values.append(mpf(m) * mpf(2) ** (1 - bias - man) if e == 0 else mpf((1 << man) + m) * mpf(2) ** (e - bias - man))
    return values


def metrics(name, mu_log2, sigma_log2):
    """All five metrics from truncated moments E[x^p; a < x < b], p = -1, 0, 1, 2, in the textbook form."""
    mu, sigma = mpf(mu_log2) * mp.log(2), mpf(sigma_log2) * mp.log(2)

    def below(p, t):
        if t == 0:
            return mpf(0)
        if t == mp.inf:
            return mp.exp(p * mu + p * p * sigma**2 / 2)
        z = (mp.log(t) - mu) / sigma
        return mp.exp(p * mu + p * p * sigma**2 / 2) * mp.ncdf(z - p * sigma)

    q = grid(name)
    cuts = [mpf(0)] + [(x + y) / 2 for x, y in zip(q, q[1:])] + [mp.inf]
    rel = below(0, cuts[1])
    eq = eqq = exq = mpf(0)
    for i in range(1, len(q)):
        a, b = cuts[i], cuts[i + 1]
        low0, mid0, high0 = below(0, a), below(0, q[i]), below(0, b)
        low, mid, high = below(-1, a), below(-1, q[i]), below(-1, b)
        rel += q[i] * ((mid - low) - (high - mid)) - (mid0 - low0) + (high0 - mid0)
        eq += q[i] * (high0 - low0)
        eqq += q[i] ** 2 * (high0 - low0)
        exq += q[i] * (below(1, b) - below(1, a))
    ex, exx = below(1, mp.inf), below(2, mp.inf)
    mse = exx - 2 * exq + eqq
    return {
        "rel": rounded(rel),
        "mse": rounded(mse),
        "relmse": rounded(mse / exx),
        "cosine": rounded(exq / mp.sqrt(exx * eqq)) if eqq > mpf(10) ** -250 else 0.0,
        "bias": rounded(eq / ex - 1),
    }


def expected_errors():
    rows = []
    cases = [(0, 3), (-3, 3), (-3, 0.02), (-3, 0.3), (0, 1), (-3, 5), (2, 8), (0, 12), (-3, 20), (0, 40), (-40, 2)]
    for name in GRIDS:
        for mu, sigma in cases:
            with mp.workdps(450 if sigma > 20 else 250 if sigma > 12 else 120):
                rows.append({"format": name, "muLog2": mu, "sigmaLog2": sigma, **metrics(name, mu, sigma)})
    return rows


if __name__ == "__main__":
    spec = {"functions": special_functions(), "expectedError": expected_errors()}
    spec["madeBy"] = "scripts/oracles/special.py"
    print(json.dumps(spec, separators=(",", ":")).replace('],[', '],\n[').replace('},{', '},\n{'))
