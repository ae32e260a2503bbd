"""What is expected of the gradients in spec/gradient-quantization/gradients-*.bin, from reference.py: gradients.json.

    python scripts/oracles/gradients.py          writes the file
    python scripts/oracles/gradients.py --check  fails when it differs

`sha256` is of the packed bytes, little-endian. The files themselves are made by gradients.mjs beside them.
"""

import math
import sys
from pathlib import Path

import numpy as np

from goldens import SPEC, describe, render, sha256
from reference import F32, FORMATS, decode_table, encode, log_histogram, pack, stats, words
from reference_blocks import luq_alpha, luq_codes, mx_encode, nvfp4_encode, prune

NAMES = ("init", "epoch1", "epoch5")
SEED = 7
SPARSITY = 0.9


def lognormal_scale(s, headroom):
    """2^-(floor(muLog2 + 1/2) + headroom), the floor taken exactly."""
    level = (int(s["sumL"]) + 1024 * s["count"]) // (2048 * s["count"])
    return 2.0 ** -(level + headroom)


def amax_scale(x, f):
    """The largest power of two that keeps the largest magnitude within the format."""
    largest, k = float(decode_table(f)[f.max_code]), 200
    while float(np.abs(x).max()) * 2.0**k > largest:
        k -= 1
    return 2.0**k


def encoded(x, f, scale, policy, rounding="rne"):
    w = words(len(x), SEED, 1) if rounding == "sr" else None
    codes = encode(x, f, rounding, scale=scale, w=w)
    where = {"seed": SEED} if rounding == "sr" else {}
    return {**describe(f), **policy, "scale": scale, "rounding": rounding, **where, "sha256": sha256(pack(codes, f.bits))}


def encode_cases(x, s):
    lognormal = lambda h: (lognormal_scale(s, h), {"scalePolicy": "lognormal", "headroom": h})
    cases = [encoded(x, FORMATS["e4m3"], *lognormal(h)) for h in (3, 0)]
    cases += [encoded(x, FORMATS["e4m3fn"], *lognormal(3), r) for r in ("rne", "sr", "rtz", "rna")]
    cases += [encoded(x, FORMATS["ieee(4,1)"], *lognormal(3))]
    for name in ("e5m2", "e3m2fn", "e2m1fn", "finite(3,0)"):
        cases.append(encoded(x, FORMATS[name], amax_scale(x, FORMATS[name]), {"scalePolicy": "amax"}))
    return cases


def phi(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


def threshold(s, sparsity):
    """alpha with S(alpha) = (sparsity - s0) / (1 - s0) for a lognormal, by bisection."""
    mu, sigma = s["muLog2"] * math.log(2), s["sigmaLog2"] * math.log(2)
    s0 = s["zeros"] / (s["zeros"] + s["count"])
    wanted = (sparsity - s0) / (1 - s0)
    low, high = -10.0, 30.0
    for _ in range(100):
        z = (low + high) / 2
        if phi(z) - math.exp(sigma * sigma / 2 - sigma * z) * phi(z - sigma) < wanted:
            low = z
        else:
            high = z
    return math.exp(mu + sigma * low)


def prune_case(x, s):
    alpha = float(F32(threshold(s, SPARSITY)))
    values, classes = prune(x, alpha, SEED)
    return {
        "sparsity": SPARSITY, "alpha": alpha, "seed": SEED, "data": sha256(values),
        "zeros": int((classes == 0).sum()), "clipped": int(((classes == 1) | (classes == 2)).sum()),
        "classes": sha256(pack(classes, 2)), "values": sha256(x[classes == 3]),
    }


def block_cases(x):
    cases = []
    for name in ("mxfp8e4m3", "mxfp6e3m2", "mxfp4", "nvfp4"):
        for rounding in ("rne", "sr"):
            make = nvfp4_encode if name == "nvfp4" else lambda v, **o: mx_encode(v, name, **o)
            data, scales = make(x, rounding=rounding, row_length=128, seed=SEED)[:2]
            case = {"format": name, "rowLength": 128, "rounding": rounding, "seed": SEED}
            cases.append({**case, "data": sha256(data), "scales": sha256(scales)})
    return cases


def expected(name):
    x = np.fromfile(SPEC / f"gradients-{name}.bin", "<f4")
    s = stats(x)
    return {
        "file": f"gradients-{name}.bin", "n": len(x), "sha256": sha256(x), "stats": s,
        "logHistogram": sha256(log_histogram(x)), "encode": encode_cases(x, s),
        "luq": {"seed": SEED, "alpha": float(luq_alpha(x)), "sha256": sha256(pack(luq_codes(x, SEED), 4))},
        "prune": prune_case(x, s), "blocks": block_cases(x),
    }


def main():
    path = SPEC / "gradients.json"
    text = render({"madeBy": "scripts/oracles/gradients.py", "cases": [expected(name) for name in NAMES]})
    if "--check" not in sys.argv:
        path.write_text(text)
    elif path.read_text() != text:
        raise SystemExit(f"{path} differs from what {Path(__file__).name} computes")


if __name__ == "__main__":
    main()
