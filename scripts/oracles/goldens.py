"""Makes the goldens of spec/gradient-quantization/ from reference.py, and checks the figures fixed in its design.

    python scripts/oracles/goldens.py          writes the files
    python scripts/oracles/goldens.py --check  fails when a file differs

Inputs are named: X = G(65536, seed 1, shift 0), X5 = G(65536, 1, -5), Q = the quick set; `n` takes the first n
elements. `sha256` is of the bytes of the result, little-endian.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from fixed import FIXED, FULL
from reference import (
    F32,
    FORMATS,
    U32,
    bits_of,
    decode_table,
    encode,
    floats,
    gradients,
    log_histogram,
    pack,
    philox,
    quick_set,
    stats,
    words,
)
from reference_blocks import MX_ELEMENTS, luq_alpha, luq_codes, mx_encode, nvfp4_encode, prune

SPEC = Path(__file__).parents[2] / "spec" / "gradient-quantization"
INPUTS = {"X": gradients(65536, 1), "X5": gradients(65536, 1, -5), "Q": quick_set()}
X = INPUTS["X"]
SIGNED = [f for f in FORMATS.values() if f.special != "e8m0"]
BIG_SEED = {"seed": 123456789012345, "offset": 1001, "stream": 5}


def sha256(view):
    return hashlib.sha256(np.ascontiguousarray(view).tobytes()).hexdigest()


def hex_words(values):
    return [f"{int(v):08x}" for v in values]


def describe(f):
    return {"format": f.name, "expBits": f.exp, "manBits": f.man, "bias": f.bias, "special": f.special}


def random_spec():
    ones, pi = 0xFFFFFFFF, [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    blocks = [([0] * 4, [0, 0]), ([ones] * 4, [ones, ones]), (pi, [0xA4093822, 0x299F31D0])]
    draws = [
        {"seed": 7, "block": 0, "stream": 0, "tag": 1, "n": 1001},
        {"seed": 123456789012345, "block": 2**32 - 2, "stream": 5, "tag": 3 | 9 << 8, "n": 64},
        {"seed": 2**53 - 1, "block": 2**51 - 16, "stream": 2**32 - 1, "tag": 2, "n": 63},
    ]
    return {
        "blocks": [
            {"counter": hex_words(c), "key": hex_words(k), "words": hex_words(philox(c, k))} for c, k in blocks
        ],
        "words": [
            {**d, "sha256": sha256(words(d["n"], d["seed"], d["tag"], d["stream"], 4 * d["block"]))} for d in draws
        ],
        "generator": [
            {"name": name, "n": 65536, "seed": 1, "shift": shift, "first": hex_words(bits_of(INPUTS[name])[:5])}
            | {"sha256": sha256(INPUTS[name])}
            for name, shift in (("X", 0), ("X5", -5))
        ],
        "quickSet": {"n": len(INPUTS["Q"]), "sha256": sha256(INPUTS["Q"])},
    }


def stats_spec():
    one_to_two = floats(np.arange(0x3F800000, 0x40000000, dtype=U32))
    return {
        "cases": [{"input": name, **stats(INPUTS[name])} for name in ("X", "X5", "Q")]
        + [{"input": "all f32 in [1, 2)", **stats(one_to_two)}]
    }


def histogram_spec():
    return {"cases": [{"input": name, "sha256": sha256(log_histogram(INPUTS[name]))} for name in INPUTS]}


def encoded(f, name, packing, rounding="rne", overflow="saturate", nan="canonical", scale=1.0, n=None, **random):
    x = INPUTS[name][:n]
    where = {"seed": 7, **random} if rounding == "sr" else {}
    w = words(len(x), where["seed"], 1, where.get("stream", 0), where.get("offset", 0)) if where else None
    codes = encode(x, f, rounding, overflow, nan, scale, w)
    data = pack(codes, f.bits) if packing == "bits" else codes
    options = {"rounding": rounding, "overflow": overflow, "nan": nan, "packing": packing, "scale": float(F32(scale))}
    case = {**describe(f), "input": name, "n": len(x), **options, **where, "sha256": sha256(data)}
    return {**case, "first": data[:8].tobytes().hex()} if packing == "bits" else case


def encode_spec():
    quick = [encoded(f, "Q", "bytes", overflow=o) for f in FORMATS.values() for o in ("saturate", "non-saturating")]
    quick += [encoded(f, "Q", "bytes", overflow="saturate-finite") for f in FORMATS.values()]
    quick += [encoded(f, "Q", "bytes", r) for f in SIGNED for r in ("rtz", "rna", "sr")]
    quick += [encoded(f, "Q", "bytes", r, "non-saturating") for f in SIGNED for r in ("rtz", "rna", "sr")]
    quick += [encoded(FORMATS["e4m3fn"], "Q", "bytes", "sr", **BIG_SEED)]
    quick += [encoded(f, "Q", "bytes", nan="max") for f in SIGNED]
    quick += [encoded(f, "Q", "bytes", overflow=o, scale=s) for f in SIGNED[:4] for o in ("saturate", "saturate-finite")
              for s in (0.3, 2.0**40, 2.0**-9)]
    five = FORMATS["finite(3,0)"]
    packed = [
        encoded(FORMATS[f], x, "bits", r)
        for f, x in [("e4m3fn", "X"), ("e4m3fn", "X5"), ("e2m1fn", "X"), ("e3m2fn", "X"), (five.name, "X")]
        for r in ("rne", "sr", "rtz")
    ]
    packed += [encoded(f, "X", "bits", "sr", n=1003, **BIG_SEED) for f in FORMATS.values() if f in SIGNED]
    packing = [
        {"bits": bits, "codes": codes, "packed": pack(np.array(codes, np.uint8), bits).tobytes().hex()}
        for bits, codes in [(6, [1, 2, 3, 4]), (5, list(range(1, 9))), (3, [7, 0, 5, 2, 1]), (2, [3, 0, 2]), (7, [127, 1])]
    ]
    return {"full": FULL, "cases": quick + packed, "packing": packing}


def canonical(values):
    return np.where(np.isnan(values), floats(np.full(1, 0x7FC00000, U32)), values).astype(F32)


def decoded(f, name, scale, mode="store", weight=1.0):
    codes = encode(INPUTS[name], f, overflow="non-saturating", scale=scale)
    inverse = F32(1) / F32(scale)
    values = canonical(decode_table(f) * inverse)[codes]
    if mode == "accumulate":
        values = INPUTS[name] + F32(weight) * values
    return {**describe(f), "input": name, "scale": float(F32(scale)), "mode": mode, "weight": float(F32(weight)),
            "sha256": sha256(values)}


def decode_spec():
    tables = [{**describe(f), "sha256": sha256(canonical(decode_table(f)))} for f in FORMATS.values()]
    cases = [decoded(f, "X", s) for f in SIGNED for s in (1.0, 0.3, 2.0**-5)]
    cases += [decoded(FORMATS["e4m3fn"], "Q", 1.0), decoded(FORMATS["e5m2"], "Q", 1.0)]
    cases += [decoded(FORMATS[n], "X", 0.25, "accumulate", 0.7) for n in ("e4m3fn", "e2m1fn", "e3m2fn")]
    return {"tables": tables, "cases": cases}


def feedback_spec():
    """Three steps of r = g + e, q = encode(r), e = r - decode(q)."""
    cases = []
    for name, rounding, scale in [("e4m3fn", "rne", 1.0), ("e2m1fn", "rtz", 0.5), ("finite(3,0)", "sr", 0.3)]:
        f, residual, steps = FORMATS[name], np.zeros(65536, F32), []
        table = decode_table(f) * (F32(1) / F32(scale))
        for step, x in enumerate(("X", "X5", "X")):
            r = INPUTS[x] + residual
            w = words(65536, 7, 1, step)
            codes = encode(r, f, rounding, scale=scale, w=w)
            residual = r - table[codes]
            steps.append({"input": x, "stream": step, "codes": sha256(pack(codes, f.bits)), "residual": sha256(residual)})
        cases.append({**describe(f), "rounding": rounding, "scale": float(F32(scale)), "seed": 7, "steps": steps})
    return {"cases": cases}


def block_case(name, x="X", n=None, row_length=None, mode="rceil", rounding="rne", **random):
    values = INPUTS[x][:n]
    row_length = row_length or len(values)
    where = {"seed": 7, **random} if rounding == "sr" else {}
    case = {"format": name, "input": x, "n": len(values), "rowLength": row_length, "rounding": rounding, **where}
    if name == "nvfp4":
        data, scales, tensor = nvfp4_encode(values, rounding, row_length, **where)
        case["tensorScaleBits"] = f"{int(bits_of(tensor).reshape(-1)[0]):08x}"
    else:
        data, scales = mx_encode(values, name, mode, rounding, row_length, **where)
        case["scaleMode"] = mode
    return {**case, "data": sha256(data), "scales": sha256(scales)}


def blocks_spec():
    modes = ("floor", "rceil", "ceil", "even")
    cases = [block_case(name, mode=mode) for name in MX_ELEMENTS for mode in modes]
    cases += [block_case(name, "X5", 130 * 500, 130, mode) for name in MX_ELEMENTS for mode in modes]
    cases += [block_case(name, rounding="sr") for name in MX_ELEMENTS]
    cases += [block_case(name, "X", 33 * 1000, 33, rounding="sr", **BIG_SEED) for name in ("mxfp4", "mxfp6e2m3")]
    cases += [block_case("nvfp4"), block_case("nvfp4", "X5", 130 * 500, 130), block_case("nvfp4", rounding="sr")]
    cases += [block_case("nvfp4", "X", 17 * 1000, 17, rounding="sr", **BIG_SEED)]
    return {"cases": cases}


def luq_case(x="X", levels=7, samples=1, alpha=None, n=None, **random):
    values, where = INPUTS[x][:n], {"seed": 7, **random}
    seed, rest = where["seed"], {k: v for k, v in where.items() if k != "seed"}
    planes = [luq_codes(values, seed, levels, s, alpha, **rest) for s in range(samples)]
    data = [pack(p, 4) if levels == 7 else p for p in planes]
    used = float(luq_alpha(values, levels) if alpha is None else F32(alpha))
    mask = 7 if levels == 7 else 15
    return {
        "input": x, "n": len(values), "levels": levels, "samples": samples, "alphaGiven": alpha is not None,
        "alpha": used, **where, "planes": [sha256(d) for d in data],
        "histogram": np.bincount(planes[0] & mask, minlength=levels + 1).tolist(),
    }


def luq_spec():
    cases = [luq_case(samples=2), luq_case(levels=8), luq_case("X5", samples=3, n=1001), luq_case(alpha=0.5)]
    return {"cases": [*cases, luq_case("X", n=999, **BIG_SEED), luq_case("X", 8, alpha=0.25)]}


def prune_case(x, alpha, n=None, **random):
    values, where = INPUTS[x][:n], {"seed": 7, **random}
    pruned, classes = prune(values, alpha, **where)
    survivors = values[classes == 3]
    return {
        "input": x, "n": len(values), "alpha": float(F32(alpha)), **where, "data": sha256(pruned),
        "zeros": int((classes == 0).sum()), "clipped": int(((classes == 1) | (classes == 2)).sum()),
        "classes": sha256(pack(classes, 2)), "survivors": len(survivors), "values": sha256(survivors),
    }


def prune_spec():
    cases = [prune_case("X", 2), prune_case("X", 0), prune_case("X5", 0.3), prune_case("X", 1e30)]
    return {"cases": [*cases, prune_case("X", 24.0443, n=4099, **BIG_SEED)]}


TOPICS = {
    "random": random_spec,
    "stats": stats_spec,
    "histogram": histogram_spec,
    "encode": encode_spec,
    "decode": decode_spec,
    "feedback": feedback_spec,
    "blocks": blocks_spec,
    "luq": luq_spec,
    "prune": prune_spec,
}


def check_fixed(specs):
    """Every fixed figure is the beginning of what was computed here."""
    for topic, where, figure in FIXED:
        found = [c for c in specs[topic]["cases"] if all(c.get(k) == v for k, v in where.items())]
        text = json.dumps(found)
        if len(found) != 1 or f'"{figure}' not in text:
            raise SystemExit(f"{topic} {where}: {figure} is not in {text}")


def render(spec):
    lines = {k: "[\n" + ",\n".join(json.dumps(c) for c in v) + "\n]" if isinstance(v, list) else json.dumps(v)
             for k, v in spec.items()}
    return "{\n" + ",\n".join(f"{json.dumps(k)}: {v}" for k, v in lines.items()) + "\n}\n"


def main():
    specs = {topic: {"madeBy": "scripts/oracles/goldens.py", **make()} for topic, make in TOPICS.items()}
    check_fixed(specs)
    for topic, spec in specs.items():
        path = SPEC / f"{topic}.json"
        if "--check" not in sys.argv:
            path.write_text(render(spec))
        elif path.read_text() != render(spec):
            raise SystemExit(f"{path} differs from what {Path(__file__).name} computes")
    print(f"{len(specs)} files, {len(FIXED)} fixed figures: all agree")


if __name__ == "__main__":
    main()
