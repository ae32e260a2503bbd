"""Figures that the kernel's design fixes before any code: what goldens.py computes must begin with them."""

# SHA-256 of the codes of all 2^32 f32 in the order of their bit patterns: non-saturating, canonical NaN, one per
# byte. The first six reproduce ml_dtypes. Checked by the slow tests.
FULL = [
    {"format": "e4m3fn", "expBits": 4, "manBits": 3, "bias": 7, "special": "fn",
     "sha256": "f0ca981b8f7d111cd2446d1e844d3f8b34a493306d041ae9a1a29b0436866691"},
    {"format": "e5m2", "expBits": 5, "manBits": 2, "bias": 15, "special": "ieee",
     "sha256": "bd9f3a0fefc62ea4a2a9612c9e4e5ed038b0dbbf18f9bbe62c6cbf57f2b176be"},
    {"format": "e4m3", "expBits": 4, "manBits": 3, "bias": 7, "special": "ieee",
     "sha256": "14881b5b434ca02ea84d8b3aa21fd3f911c4d9454e5cdb1daacf4f6f6f976491"},
    {"format": "e4m3fnuz", "expBits": 4, "manBits": 3, "bias": 8, "special": "fnuz",
     "sha256": "eb522af6066c1d946ca612c5eec6936cd33cd795c8ca4e23ed4db77ccb7a786e"},
    {"format": "e4m3b11fnuz", "expBits": 4, "manBits": 3, "bias": 11, "special": "fnuz",
     "sha256": "6faab6902cd1e5fc3d768e1243d50eea75781b8706958f58873c93e462df7b27"},
    {"format": "e8m0fnu", "expBits": 8, "manBits": 0, "bias": 127, "special": "e8m0",
     "sha256": "9b4a377c7ee641d9ca3704a3c02e66d56474d4f66ec54bc85aced04e1ce58889"},
    {"format": "e3m2fn", "expBits": 3, "manBits": 2, "bias": 3, "special": "finite",
     "sha256": "1178a2cab044bf51ee5ad07edef3948e87c3047b6189faf691b7d8ccadedf555"},
    {"format": "e2m1fn", "expBits": 2, "manBits": 1, "bias": 1, "special": "finite",
     "sha256": "8d76baa6978fb7401d5a9b33e45a14a52f45f84cd3932aa1c1ddefae358f367d"},
]

QUICK = [  # format, non-saturating, saturate-finite, on Q
    ("e4m3fn", "df25be0494846ec8", "f6e2506aa73a6f33"),
    ("e5m2", "edef7e8253518729", "ee5a7e50c72ea23c"),
    ("e4m3", "8b16a3999b5f9b40", "b019bf40fda22ea8"),
    ("e4m3fnuz", "ae12c853c3b31b38", "008b201c6c47e76d"),
    ("e4m3b11fnuz", "3ad5d11a213fb57c", "d99e30866c593cf8"),
    ("e8m0fnu", "9fb8d7d2ef963766", "8340436b9c0e761d"),
    ("e3m2fn", "85a77cc35c234d0b", "85a77cc35c234d0b"),
    ("e2m1fn", "19e643b981e24425", "19e643b981e24425"),
    ("ieee(3,2)", "dc89fba016ba7b84", None),
    ("finite(3,0,2)", "db66fcc8248389e9", "db66fcc8248389e9"),
]

SATURATE = [  # format, rounding, random, on Q with overflow saturate
    ("e4m3fn", "rne", {}, "63ae9d23fb882173"),
    ("e4m3fn", "rtz", {}, "2fe3c76dd611eb57"),
    ("e4m3fn", "rna", {}, "d7eee8a1316812c6"),
    ("e4m3fn", "sr", {"seed": 7}, "d58a48eebdec9695"),
    ("e4m3fn", "sr", {"seed": 123456789012345, "offset": 1001, "stream": 5}, "bb60cb6594cb4e99"),
    ("e2m1fn", "rtz", {}, "9a97be0d47dc8b51"),
    ("e2m1fn", "rna", {}, "254f036c298b1d8d"),
    ("e2m1fn", "sr", {"seed": 7}, "ac449324812b00ad"),
    ("e4m3fnuz", "rne", {}, "684961a261486329"),
]

PACKED = [  # format, input, then rne, sr with seed 7, rtz
    ("e4m3fn", "X", "8fcdf58c4a434994", "96247e1d8005ef25", "2ad2cd55d2ff9fc5"),
    ("e4m3fn", "X5", "07ee3ef16e8deb9a", "df18c0f55d93ba22", "f12da3bdbab3452b"),
    ("e2m1fn", "X", "ac649ba1670fcaa5", "7b0004e6e9f2aadb", "b61285d098117b5a"),
    ("e3m2fn", "X", "626d73f76a13b25b", "89bbfcbdd2570115", "82f86089b30cd0c0"),
    ("finite(3,0)", "X", "0b007a882ba200ed", "c24af663d4f636b9", "213e1979ac077c3a"),
]

BLOCKS = [  # format, scale mode, data, scales, on X
    ("mxfp8e4m3", "floor", "5e862471e1ff016c", "60543a501065aadd"),
    ("mxfp8e4m3", "rceil", "2a930cd1e2f81503", "4528d1078f17ff77"),
    ("mxfp8e4m3", "ceil", "4a1ed7a4544e1c5e", "1fc088f7566519ea"),
    ("mxfp8e4m3", "even", "6e3908de96690791", "e8c79c272f1ce908"),
    ("mxfp4", "floor", "8104d2ce897133c1", "e0d1a7c7183a3986"),
    ("mxfp4", "rceil", "83cc8a66b5707693", "6afb730d58b02fa7"),
    ("mxfp6e3m2", "even", "355752b31227de1a", "83be38e89cc3bc3c"),
]


def quick_where(name, overflow, rounding="rne"):
    where = {"format": name, "input": "Q", "packing": "bytes", "rounding": rounding, "overflow": overflow}
    return {**where, "nan": "canonical", "scale": 1.0}


def encode_figures():
    for name, non_saturating, saturate_finite in QUICK:
        yield quick_where(name, "non-saturating"), non_saturating
        if saturate_finite:
            yield quick_where(name, "saturate-finite"), saturate_finite
    for name, rounding, random, figure in SATURATE:
        yield {**quick_where(name, "saturate", rounding), **random}, figure
    for name, x, *figures in PACKED:
        for rounding, figure in zip(("rne", "sr", "rtz"), figures):
            yield {"format": name, "input": x, "n": 65536, "packing": "bits", "rounding": rounding}, figure
    for name, first in (("e2m1fn", "f702ee702aa42170"), ("e3m2fn", "96ad00750d6cec02")):
        yield {"format": name, "input": "X", "packing": "bits", "rounding": "rne"}, first


def block_figures():
    for name, mode, data, scales in BLOCKS:
        where = {"format": name, "input": "X", "rounding": "rne", "scaleMode": mode}
        yield where, data
        yield where, scales
    yield {"format": "mxfp4", "input": "X", "rounding": "sr", "n": 65536, "rowLength": 65536}, "ef67e4034cc3932d"
    for figure in ("7d34556b972048a1", "bd50c824e5c28749", "3dd59718"):
        yield {"format": "nvfp4", "input": "X", "rounding": "rne"}, figure


def luq_figures():
    seven = {"input": "X", "levels": 7, "samples": 2, "alpha": 4.380268096923828}
    yield {**seven, "histogram": [43125, 15139, 4241, 2015, 773, 201, 38, 4]}, "55b8e821abf1a8db"
    yield seven, "6408530f692bd614"
    yield {"input": "X", "levels": 8, "alphaGiven": False}, "885ee46f847636f7"


def prune_figures():
    case = {"input": "X", "alpha": 2.0, "zeros": 34227, "clipped": 11774, "survivors": 19535}
    yield case, "8a187466d106ca4c"
    yield case, "9ae13eda243f1c54"


def stats_figures():
    x = {"count": 49032, "zeros": 16504, "muLog2": 0.5416732790575542, "sigmaLog2": 2.020675406818266}
    for figure in ("54393496", "900040508320", "438c2b28", "3bd86a36"):
        yield {"input": "X", **x}, figure
    for figure in ("-447694184", "4927439553440"):
        yield {"input": "X5"}, figure
    for figure in ("9574413262", "13790761413104"):
        yield {"input": "all f32 in [1, 2)"}, figure


FIXED = [
    *(("encode", where, figure) for where, figure in encode_figures()),
    *(("blocks", where, figure) for where, figure in block_figures()),
    *(("luq", where, figure) for where, figure in luq_figures()),
    *(("prune", where, figure) for where, figure in prune_figures()),
    *(("stats", where, figure) for where, figure in stats_figures()),
    ("histogram", {"input": "X"}, "03c69ba9cab1e7c2"),
]
