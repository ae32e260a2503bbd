//! Every operation of the lanes, in every instruction set, against plain Rust.

use common_rs::lanes::{
    Floats, Lanes, Mask, Sum32, Sum64, Vector, Words, Words32, Words64, canonical, canonical64, max2, min2,
};
use common_rs::{Isa, variants};

/// Values with every kind among them, so many that every width has several vectors of each.
fn floats() -> Vec<f32> {
    let special = [0.0, -0.0, 1.0, -1.5, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1e-40, 3.4e38, 7.25];
    (0..160).map(|i| special[(i * 7) % 10] * if i % 3 == 0 { 1.0 } else { 0.37 * i as f32 }).collect()
}

fn words() -> Vec<u32> {
    (0..160u32).map(|i| i.wrapping_mul(0x9e37_79b9) ^ i << 28).collect()
}

/// Bits of results, so that NaN and zeros are told apart.
type Table = Vec<(&'static str, Vec<u64>)>;

fn bits32(v: &[f32]) -> Vec<u64> {
    v.iter().map(|x| u64::from(canonical(*x).to_bits())).collect()
}
fn bits64(v: &[f64]) -> Vec<u64> {
    v.iter().map(|x| canonical64(*x).to_bits()).collect()
}

#[inline(always)]
fn each<S: Lanes>(x: &[f32], y: &[f32], f: impl Fn(S::F32, S::F32) -> S::F32) -> Vec<u64> {
    let mut out = vec![0.0; x.len()];
    for i in (0..x.len()).step_by(S::LANES) {
        f(S::F32::load(&x[i..]), S::F32::load(&y[i..])).store(&mut out[i..]);
    }
    bits32(&out)
}

#[inline(always)]
fn each_word<S: Lanes>(x: &[u32], y: &[u32], f: impl Fn(S::U32, S::U32) -> S::U32) -> Vec<u64> {
    let mut out = vec![0; x.len()];
    for i in (0..x.len()).step_by(S::LANES) {
        f(S::U32::load(&x[i..]), S::U32::load(&y[i..])).store(&mut out[i..]);
    }
    out.iter().map(|&w| u64::from(w)).collect()
}

#[inline(always)]
fn each_double<S: Lanes>(x: &[f64], y: &[f64], f: impl Fn(S::F64, S::F64) -> S::F64) -> Vec<u64> {
    let mut out = vec![0.0; x.len()];
    for i in (0..x.len()).step_by(S::LANES64) {
        f(S::F64::load(&x[i..]), S::F64::load(&y[i..])).store(&mut out[i..]);
    }
    bits64(&out)
}

#[inline(always)]
fn measure_on<S: Lanes>(x: &[f32], y: &[f32], u: &[u32], v: &[u32]) -> Table {
    let x64: Vec<f64> = x.iter().map(|&a| f64::from(a) * 1.1).collect();
    let y64: Vec<f64> = y.iter().map(|&a| f64::from(a) * 0.9).collect();
    let (no, yes) = (S::F32::splat(-3.0), S::F32::splat(5.0));
    let mut table: Table = vec![
        ("add", each::<S>(x, y, |a, b| a + b)),
        ("sub", each::<S>(x, y, |a, b| a - b)),
        ("mul", each::<S>(x, y, |a, b| a * b)),
        ("div", each::<S>(x, y, |a, b| a / b)),
        ("sqrt", each::<S>(x, y, |a, _| a.sqrt())),
        ("abs", each::<S>(x, y, |a, _| a.abs())),
        ("min2", each::<S>(x, y, |a, b| a.min2(b))),
        ("max2", each::<S>(x, y, |a, b| a.max2(b))),
        ("less", each::<S>(x, y, |a, b| S::F32::select(a.less(b), yes, no))),
        ("less_equal", each::<S>(x, y, |a, b| S::F32::select(a.less_equal(b), yes, no))),
        ("equal", each::<S>(x, y, |a, b| S::F32::select(a.equal(b), yes, no))),
        ("is_nan", each::<S>(x, y, |a, _| S::F32::select(a.is_nan(), yes, no))),
        ("and", each::<S>(x, y, |a, b| S::F32::select(a.less(b) & b.less(yes), yes, no))),
        ("or", each::<S>(x, y, |a, b| S::F32::select(a.less(b) | b.less(no), yes, no))),
        ("and_not", each::<S>(x, y, |a, b| S::F32::select(a.less(b).and_not(b.less(yes)), yes, no))),
        (
            "narrow",
            each::<S>(x, y, |a, b| {
                let ([low, high], [c, d]) = (S::widen(a), S::widen(b));
                S::narrow(low * c, high * d)
            }),
        ),
        ("words add", each_word::<S>(u, v, |a, b| a + b)),
        ("words sub", each_word::<S>(u, v, |a, b| a - b)),
        ("words and", each_word::<S>(u, v, |a, b| a & b)),
        ("words or", each_word::<S>(u, v, |a, b| a | b)),
        ("words xor", each_word::<S>(u, v, |a, b| a ^ b)),
        ("words and_not", each_word::<S>(u, v, |a, b| a.and_not(b))),
        ("shl", each_word::<S>(u, v, |a, _| a.shl::<7>())),
        ("shr", each_word::<S>(u, v, |a, _| a.shr::<9>())),
        ("words min", each_word::<S>(u, v, |a, b| a.min(b))),
        ("words max", each_word::<S>(u, v, |a, b| a.max(b))),
        ("mul_low", each_word::<S>(u, v, |a, b| a.mul_low(b))),
        ("above", each_word::<S>(u, v, |a, b| S::U32::select(a.above(b), a, b))),
        ("words equal", each_word::<S>(u, v, |a, b| S::U32::select(a.equal(b), a, a - b))),
        ("to_float", each_word::<S>(u, v, |a, _| S::F32::to_bits(a.to_float()))),
        ("from_float", each_word::<S>(u, v, |a, _| S::U32::from_float(a.shr::<4>().to_float() * S::F32::splat(0.3)))),
        ("double add", each_double::<S>(&x64, &y64, |a, b| a + b)),
        ("double sub", each_double::<S>(&x64, &y64, |a, b| a - b)),
        ("double mul", each_double::<S>(&x64, &y64, |a, b| a * b)),
        ("double div", each_double::<S>(&x64, &y64, |a, b| a / b)),
        ("double sqrt", each_double::<S>(&x64, &y64, |a, _| a.sqrt())),
        ("double abs", each_double::<S>(&x64, &y64, |a, _| a.abs())),
        ("double min2", each_double::<S>(&x64, &y64, |a, b| a.min2(b))),
        ("double max2", each_double::<S>(&x64, &y64, |a, b| a.max2(b))),
        ("double less", each_double::<S>(&x64, &y64, |a, b| S::F64::select(a.less(b), a, b + b))),
        ("double less_equal", each_double::<S>(&x64, &y64, |a, b| S::F64::select(a.less_equal(b), a, b + b))),
        ("double equal", each_double::<S>(&x64, &y64, |a, b| S::F64::select(a.equal(b), a, b + b))),
        ("double is_nan", each_double::<S>(&x64, &y64, |a, b| S::F64::select(a.is_nan(), b, a))),
        (
            "double words",
            each_double::<S>(&x64, &y64, |a, b| {
                let (p, q) = (a.to_bits(), b.to_bits());
                S::F64::from_bits((p.shr::<3>() + q.shl::<2>()) ^ (p & q) | (q.and_not(p) - q))
            }),
        ),
    ];
    let mut masks = Vec::new();
    for i in (0..x.len()).step_by(S::LANES) {
        let mask = S::F32::load(&x[i..]).less(S::F32::load(&y[i..]));
        masks.extend((0..S::LANES).map(|k| u64::from(mask.bits() >> k & 1)));
        assert_eq!(mask.any(), mask.bits() != 0);
    }
    table.push(("bits", masks));
    let mut wide = Vec::new();
    for i in (0..u.len()).step_by(S::LANES) {
        for half in S::widen_words(S::U32::load(&u[i..])) {
            let mut out = [0.0; 8];
            half.to_float().store(&mut out);
            wide.extend_from_slice(&out[..S::LANES64]);
        }
    }
    table.push(("widen_words", bits64(&wide)));
    table
}

variants! {
    fn measure(x: &[f32], y: &[f32], u: &[u32], v: &[u32]) -> Table = measure_on;
}

/// The same in plain Rust.
fn expected(x: &[f32], y: &[f32], u: &[u32], v: &[u32]) -> Table {
    let f = |f: &dyn Fn(f32, f32) -> f32| bits32(&x.iter().zip(y).map(|(&a, &b)| f(a, b)).collect::<Vec<_>>());
    let w = |f: &dyn Fn(u32, u32) -> u32| u.iter().zip(v).map(|(&a, &b)| u64::from(f(a, b))).collect::<Vec<_>>();
    let d = |f: &dyn Fn(f64, f64) -> f64| {
        let pairs = x.iter().zip(y).map(|(&a, &b)| (f64::from(a) * 1.1, f64::from(b) * 0.9));
        bits64(&pairs.map(|(a, b)| f(a, b)).collect::<Vec<_>>())
    };
    let truth = |m: bool| if m { 5.0 } else { -3.0 };
    vec![
        ("add", f(&|a, b| a + b)),
        ("sub", f(&|a, b| a - b)),
        ("mul", f(&|a, b| a * b)),
        ("div", f(&|a, b| a / b)),
        ("sqrt", f(&|a, _| a.sqrt())),
        ("abs", f(&|a, _| a.abs())),
        ("min2", f(&min2)),
        ("max2", f(&max2)),
        ("less", f(&|a, b| truth(a < b))),
        ("less_equal", f(&|a, b| truth(a <= b))),
        ("equal", f(&|a, b| truth(a == b))),
        ("is_nan", f(&|a, _| truth(a.is_nan()))),
        ("and", f(&|a, b| truth(a < b && b < 5.0))),
        ("or", f(&|a, b| truth(a < b || b < -3.0))),
        ("and_not", f(&|a, b| truth(!a.lt(&b) && b < 5.0))),
        ("narrow", f(&|a, b| (f64::from(a) * f64::from(b)) as f32)),
        ("words add", w(&u32::wrapping_add)),
        ("words sub", w(&u32::wrapping_sub)),
        ("words and", w(&|a, b| a & b)),
        ("words or", w(&|a, b| a | b)),
        ("words xor", w(&|a, b| a ^ b)),
        ("words and_not", w(&|a, b| !a & b)),
        ("shl", w(&|a, _| a << 7)),
        ("shr", w(&|a, _| a >> 9)),
        ("words min", w(&|a, b| a.min(b))),
        ("words max", w(&|a, b| a.max(b))),
        ("mul_low", w(&u32::wrapping_mul)),
        ("above", w(&|a, b| if a as i32 > b as i32 { a } else { b })),
        ("words equal", w(&|a, b| if a == b { a } else { a.wrapping_sub(b) })),
        ("to_float", w(&|a, _| (a as i32 as f32).to_bits())),
        ("from_float", w(&|a, _| ((a >> 4) as f32 * 0.3) as u32)),
        ("double add", d(&|a, b| a + b)),
        ("double sub", d(&|a, b| a - b)),
        ("double mul", d(&|a, b| a * b)),
        ("double div", d(&|a, b| a / b)),
        ("double sqrt", d(&|a, _| a.sqrt())),
        ("double abs", d(&|a, _| a.abs())),
        ("double min2", d(&min2)),
        ("double max2", d(&max2)),
        ("double less", d(&|a, b| if a < b { a } else { b + b })),
        ("double less_equal", d(&|a, b| if a <= b { a } else { b + b })),
        ("double equal", d(&|a, b| if a == b { a } else { b + b })),
        ("double is_nan", d(&|a, b| if a.is_nan() { b } else { a })),
        (
            "double words",
            d(&|a, b| {
                let (p, q) = (a.to_bits(), b.to_bits());
                f64::from_bits((p >> 3).wrapping_add(q << 2) ^ (p & q) | (!q & p).wrapping_sub(q))
            }),
        ),
        ("bits", x.iter().zip(y).map(|(a, b)| u64::from(a < b)).collect()),
        ("widen_words", bits64(&u.iter().map(|&a| f64::from(a)).collect::<Vec<_>>())),
    ]
}

#[test]
fn every_operation_in_every_instruction_set() {
    let x = floats();
    let y: Vec<f32> = x.iter().rev().copied().collect();
    let u = words();
    let v: Vec<u32> = u.iter().enumerate().map(|(i, &w)| if i % 5 == 0 { w } else { w.rotate_left(11) }).collect();
    let truth = expected(&x, &y, &u, &v);
    for &isa in Isa::usable() {
        let found = measure(isa, &x, &y, &u, &v);
        assert_eq!(found.len(), truth.len());
        for ((name, found), (_, truth)) in found.iter().zip(&truth) {
            assert_eq!(found, truth, "{name} on {}", isa.name());
        }
    }
}

#[inline(always)]
fn sums_on<S: Lanes>(x: &[f32], d: &[f64]) -> (f32, f64) {
    let (mut single, mut double) = (Sum32::<S>::default(), Sum64::<S>::default());
    single.add_all(x);
    double.add_all(d);
    (single.fold(), double.fold())
}

variants! {
    fn sums(x: &[f32], d: &[f64]) -> (f32, f64) = sums_on;
}

/// Element i to accumulator i mod L, then the halving tree.
fn tree<T: Copy + Default + std::ops::Add<Output = T>, const L: usize>(x: &[T]) -> T {
    let mut s = [T::default(); L];
    for (i, &v) in x.iter().enumerate() {
        s[i % L] = s[i % L] + v;
    }
    let mut half = L / 2;
    while half > 0 {
        for i in 0..half {
            s[i] = s[i] + s[i + half];
        }
        half /= 2;
    }
    s[0]
}

#[test]
fn sums_have_one_order() {
    for n in (0..70).chain([1000, 1001]) {
        let x: Vec<f32> = (0..n).map(|i| 0.1 + (i * i % 31) as f32 * 1.7).collect();
        let d: Vec<f64> = x.iter().map(|&v| f64::from(v) * 1.1).collect();
        for &isa in Isa::usable() {
            let (single, double) = sums(isa, &x, &d);
            assert_eq!(single.to_bits(), tree::<_, 16>(&x).to_bits(), "{n} f32 on {}", isa.name());
            assert_eq!(double.to_bits(), tree::<_, 8>(&d).to_bits(), "{n} f64 on {}", isa.name());
        }
    }
}

#[inline(always)]
fn contracted_on<S: Lanes>(a: &[f32], c: &[f32], out: &mut [f32]) {
    let (a, c) = (S::F32::load_part(a, 0.0), S::F32::load_part(c, 0.0));
    (a * a + c).store_part(out);
}

variants! {
    fn contracted(a: &[f32], c: &[f32], out: &mut [f32]) = contracted_on;
}

/// a² = 1 + 2^-11 + 2^-24 is a tie that rounds to even; fused, the sum with −1 would keep 2^-24.
#[test]
fn products_are_rounded_before_they_are_added() {
    let (a, c, product) = ([1.0 + 1.0 / 4096.0], [-1.0], 1.0 / 2048.0);
    for &isa in Isa::usable() {
        let mut out = [0.0; 1];
        contracted(isa, &a, &c, &mut out);
        assert_eq!(out, [product], "{}", isa.name());
    }
}

#[inline(always)]
fn transposed_on<S: Lanes>(x: &[f32], pitch: usize, out: &mut [f32], to_pitch: usize) -> usize {
    assert!((S::LANES - 1) * pitch + S::LANES <= x.len() && (S::LANES - 1) * to_pitch + S::LANES <= out.len());
    // SAFETY: asserted.
    unsafe { S::transpose(x.as_ptr(), pitch, out.as_mut_ptr(), to_pitch) };
    S::LANES
}

variants! {
    fn transposed(x: &[f32], pitch: usize, out: &mut [f32], to_pitch: usize) -> usize = transposed_on;
}

#[test]
fn rows_become_columns() {
    let x: Vec<f32> = (0..400).map(|i| i as f32).collect();
    for &isa in Isa::usable() {
        let mut out = vec![-1.0; 400];
        let lanes = transposed(isa, &x, 23, &mut out, 19);
        let expected = |at: usize| match (at / 19, at % 19) {
            (j, i) if i < lanes && j < lanes => x[i * 23 + j],
            _ => -1.0,
        };
        assert!(out.iter().enumerate().all(|(at, &v)| v == expected(at)), "{}", isa.name());
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn dots_on<S: common_rs::lanes::Halves>(a: &[u32], b: &[u32], out: &mut [u32]) {
    for ((a, b), out) in a.chunks_exact(S::LANES).zip(b.chunks_exact(S::LANES)).zip(out.chunks_exact_mut(S::LANES)) {
        S::dot(S::U32::load(a), S::U32::load(b)).store(out);
    }
}

#[cfg(target_arch = "x86_64")]
variants! {
    fn dots(a: &[u32], b: &[u32], out: &mut [u32]) = dots_on;
}

#[cfg(target_arch = "x86_64")]
#[test]
fn halves_are_signed() {
    let halves = |word: u32| [word as u16, (word >> 16) as u16].map(|half| i32::from(half.cast_signed()));
    let a: Vec<u32> = words().iter().cycle().take(64).copied().collect();
    let b: Vec<u32> = words().iter().rev().cycle().take(64).copied().collect();
    for &isa in Isa::usable() {
        let mut found = vec![7; 64];
        dots(isa, &a, &b, &mut found);
        for i in 0..64 {
            let ([a0, a1], [b0, b1]) = (halves(a[i]), halves(b[i]));
            assert_eq!(found[i], (a0 * b0).wrapping_add(a1 * b1).cast_unsigned(), "{} {i}", isa.name());
        }
    }
}
