"""LUQ, stochastic pruning and the block formats in numpy; see reference.py."""

import numpy as np

from reference import F32, FORMATS, I64, U32, bits_of, decode_table, encode, floats, pack, words

MX_ELEMENTS = {
    "mxfp8e4m3": ("e4m3fn", 8),
    "mxfp8e5m2": ("e5m2", 15),
    "mxfp6e3m2": ("e3m2fn", 4),
    "mxfp6e2m3": ("e2m3fn", 2),
    "mxfp4": ("e2m1fn", 2),
}


def padded_rows(x, row_length, k):
    rows = np.asarray(x, F32).reshape(-1, row_length)
    return np.pad(rows, ((0, 0), (0, -row_length % k)))


def element_words(shape, row_length, rounding, seed, stream, offset):
    """Words by position in the unpadded input; padding draws none that matters."""
    if rounding != "sr":
        return None
    w = words(shape[0] * row_length, seed, 1, stream, offset).reshape(shape[0], row_length)
    return np.pad(w, ((0, 0), (0, shape[1] - row_length))).reshape(-1)


def mx_scale_codes(amax, name, mode):
    """E8M0 codes of blocks with the given largest magnitudes (finite)."""
    element, emax = MX_ELEMENTS[name]
    f = FORMATS[element]
    a = bits_of(amax).astype(I64)
    if mode == "rceil":
        v = bits_of(amax * F32(1 / F32(decode_table(f)[f.max_code]))).astype(I64)
        e, m = v >> 23, v & 0x7FFFFF
        code = np.where(e == 0, m > 0x400000, e + (m != 0))
    else:
        if mode == "even":
            a = a + (1 << (22 - f.man))
        up = (a & 0x7FFFFF != 0) if mode == "ceil" else 0
        code = (a >> 23) + up - emax
    return np.where(amax == 0, 0, np.clip(code, 0, 254)).astype(np.uint8)


def mx_encode(x, name, mode="rceil", rounding="rne", row_length=None, seed=0, stream=0, offset=0):
    """Packed element codes and block scales."""
    row_length = row_length or len(x)
    rows = padded_rows(x, row_length, 32)
    w = element_words(rows.shape, row_length, rounding, seed, stream, offset)
    blocks = rows.reshape(-1, 32)
    scales = mx_scale_codes(np.abs(blocks).max(axis=1), name, mode)
    # 2^(127 - code) in two exact factors, since 2^127 / 2^-127 leave the normal f32.
    shift = 127 - scales.astype(I64)
    half = shift // 2
    scaled = (blocks * np.exp2(half).astype(F32)[:, None]) * np.exp2(shift - half).astype(F32)[:, None]
    f = FORMATS[MX_ELEMENTS[name][0]]
    return pack(encode(scaled.reshape(-1), f, rounding, w=w), f.bits), scales


def nvfp4_encode(x, rounding="rne", row_length=None, seed=0, stream=0, offset=0):
    """Packed element codes, block scales and the tensor scale."""
    row_length = row_length or len(x)
    rows = padded_rows(x, row_length, 16)
    w = element_words(rows.shape, row_length, rounding, seed, stream, offset)
    blocks = rows.reshape(-1, 16)
    amax = np.abs(blocks).max(axis=1)
    tensor = np.maximum(F32(amax.max(initial=0) / F32(2688)), F32(2.0**-126))
    e4m3 = FORMATS["e4m3fn"]
    scales = encode(np.clip((amax / F32(6)) / tensor, F32(2.0**-6), F32(448)), e4m3)
    factor = (F32(1) / tensor) / decode_table(e4m3)[scales]
    scaled = np.clip(blocks * factor[:, None], F32(-6), F32(6)).reshape(-1)
    return pack(encode(scaled, FORMATS["e2m1fn"], rounding, w=w), 4), scales, tensor


def luq_alpha(x, levels=7):
    amax = np.abs(np.asarray(x, F32)).max(initial=0)
    return F32(0) if amax == 0 else np.maximum(F32(amax / F32(2 ** (levels - 1))), floats(np.array([1], U32))[0])


def luq_codes(x, seed, levels=7, sample=0, alpha=None, stream=0, offset=0):
    """Codes, one per byte, sign above the magnitude bits."""
    x = np.asarray(x, F32)
    alpha = luq_alpha(x, levels) if alpha is None else F32(alpha)
    if alpha == 0:
        return np.zeros(len(x), np.uint8)
    w = words(len(x), seed, 3 | sample << 8, stream, offset)
    y = np.abs(x) / alpha
    above = np.minimum(((bits_of(y).astype(I64) + (w >> U32(9))) >> 23) - 126, levels)
    below = (w >> U32(8)).astype(F32) * F32(2.0**-24) < y
    code = np.where(y >= 1, above, below).astype(I64)
    sign = (bits_of(x) >> U32(31)).astype(I64) << (3 if levels == 7 else 4)
    return np.where(code == 0, 0, code | sign).astype(np.uint8)


def prune(x, alpha, seed, stream=0, offset=0):
    """Values, and the class of each: 0 zero, 1 +alpha, 2 -alpha, 3 survivor."""
    x, alpha = np.asarray(x, F32), F32(alpha)
    cut = alpha * ((words(len(x), seed, 2, stream, offset) >> U32(8)).astype(F32) * F32(2.0**-24))
    magnitude = np.abs(x)
    kept = magnitude > alpha
    to_alpha = ~kept & (magnitude >= cut) & (x != 0)
    classes = np.where(kept, 3, np.where(to_alpha, np.where(x < 0, 2, 1), 0)).astype(np.uint8)
    values = np.where(kept, x, np.where(to_alpha, np.copysign(alpha, x), F32(0))).astype(F32)
    return values, classes
