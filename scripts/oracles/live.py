"""What ml_dtypes and gfloat make of the tests' inputs, as files for the differential tests.

    python scripts/oracles/live.py FOLDER

writes one .bin per case (codes: one per byte; values: f64), facts.json, and index.json with the names of all.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import gfloat.formats
import ml_dtypes
import numpy as np
from gfloat import RoundMode, compute_scale_amax, encode_float, encode_ndarray, quantize_block
from gfloat import round_float, round_ndarray

from reference import FORMATS, bits_of, gradients, quick_set, words

Q = quick_set()
X = gradients(65536, 1)
GFLOAT = {
    "e4m3fn": gfloat.formats.format_info_ocp_e4m3,
    "e5m2": gfloat.formats.format_info_ocp_e5m2,
    "e2m3fn": gfloat.formats.format_info_ocp_e2m3,
    "e3m2fn": gfloat.formats.format_info_ocp_e3m2,
    "e2m1fn": gfloat.formats.format_info_ocp_e2m1,
}
MX = {
    "mxfp8e4m3": gfloat.formats.format_info_mxfp8_e4m3,
    "mxfp8e5m2": gfloat.formats.format_info_mxfp8_e5m2,
    "mxfp6e3m2": gfloat.formats.format_info_mxfp6_e3m2,
    "mxfp6e2m3": gfloat.formats.format_info_mxfp6_e2m3,
    "mxfp4": gfloat.formats.format_info_mxfp4_e2m1,
}
ROUNDINGS = {"rne": RoundMode.TiesToEven, "rtz": RoundMode.TowardZero, "rna": RoundMode.TiesToAway}


def ml_dtypes_cases():
    for name in FORMATS:
        dtype = next((getattr(ml_dtypes, p + name) for p in ("float8_", "float6_", "float4_")
                      if hasattr(ml_dtypes, p + name)), None)
        if dtype is None:
            continue
        yield f"ml_dtypes.{name}", Q.astype(dtype).view(np.uint8)
        halves = np.arange(65536, dtype=np.uint16)
        yield f"ml_dtypes.f16.{name}", halves.view(np.float16).astype(dtype).view(np.uint8)
        yield f"ml_dtypes.bf16.{name}", halves.view(ml_dtypes.bfloat16).astype(dtype).view(np.uint8)
        codes = np.arange(1 << FORMATS[name].bits, dtype=np.uint8)
        yield f"ml_dtypes.decode.{name}", codes.view(dtype).astype(np.float64)
    # A hair above the tie between 448 and NaN: one rounding or two?
    tie = np.array([464 + 2.0**-30, 464, 464 * (1 + 2.0**-23)])
    yield "ml_dtypes.f64.tie", tie.astype(ml_dtypes.float8_e4m3fn).view(np.uint8)


def gfloat_inputs(fi):
    """Q with 0 for NaN where the format has none: gfloat raises there."""
    x = Q.astype(np.float64)
    return x if fi.num_nans else np.where(np.isnan(x), 0.0, x)


def gfloat_cases():
    for name, fi in GFLOAT.items():
        x = gfloat_inputs(fi)
        for rounding, mode in ROUNDINGS.items():
            codes = encode_ndarray(fi, round_ndarray(fi, x, mode, sat=True))
            yield f"gfloat.{name}.{rounding}", codes.astype(np.uint8)
        some = x[::199]
        yield f"gfloat.scalar.{name}", np.array(
            [encode_float(fi, round_float(fi, float(v), sat=True)) for v in some], np.uint8
        )
        yield f"gfloat.sr.{name}", stochastic(fi, FORMATS[name], x)
    e8m0 = gfloat.formats.format_info_ocp_e8m0
    ties = [0.75, 1.5, 3.0, 6.0, 0.74, 1.51]
    yield "gfloat.e8m0.ties", np.array([encode_float(e8m0, round_float(e8m0, v)) for v in ties], np.uint8)
    nans = np.array([0x7F800001, 0xFF800001, 0x7FC00000, 0xFFC00000], np.uint32).view(np.float32).astype(np.float64)
    for name in ("e4m3fn", "e5m2"):
        yield f"gfloat.nan.{name}", encode_ndarray(GFLOAT[name], nans).astype(np.uint8)


def stochastic(fi, f, x):
    """StochasticFastest with the kernel's words: all discarded bits of normals, 24 bits below them."""
    w = words(len(x), 7, 1).astype(np.int64)
    a = (bits_of(x.astype(np.float32)) & np.uint32(0x7FFFFFFF)).astype(np.int64)
    small, sh = a < (128 - f.bias) << 23, 23 - f.man
    out = np.zeros(len(x), np.uint8)
    for mask, srbits, number in ((small, w >> 8, 24), (~small, w >> (32 - sh), sh)):
        values = round_ndarray(fi, x[mask], RoundMode.StochasticFastest, True, srbits[mask], number)
        out[mask] = encode_ndarray(fi, values).astype(np.uint8)
    return out


def block_cases(blocks=100):
    for name, info in MX.items():
        rows = X[: 32 * blocks].astype(np.float64).reshape(blocks, 32)
        rows = [quantize_block(info, row, compute_scale_amax) for row in rows]
        yield f"gfloat.{name}", np.concatenate(rows).astype(np.float64)


def raises(call):
    try:
        call()
    except (ValueError, AssertionError) as error:
        return type(error).__name__
    return None


def main():
    folder, names = Path(sys.argv[1]), ["facts.json"]
    for cases in (ml_dtypes_cases(), gfloat_cases(), block_cases()):
        for name, array in cases:
            names.append(f"{name}.bin")
            (folder / names[-1]).write_bytes(np.ascontiguousarray(array).tobytes())
    e2m1 = GFLOAT["e2m1fn"]
    facts = {
        "versions": {name: version(name) for name in ("ml_dtypes", "gfloat", "numpy")},
        "gfloatRaisesOnNan": raises(lambda: round_float(e2m1, float("nan"), sat=True)),
    }
    (folder / "facts.json").write_text(json.dumps(facts))
    (folder / "index.json").write_text(json.dumps(names))


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
