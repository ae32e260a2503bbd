//! Elementary functions against the goldens that C++ and WebAssembly have, in every instruction set and one by one.

mod digest;

use common_rs::lanes::{Lanes, Vector};
use common_rs::testing::{Value, golden};
use common_rs::{Isa, math, variants};
use digest::{digest, sequence};

const NAMES: [&str; 6] = ["exp", "log", "tanh", "sigmoid", "sin", "cos"];

fn apply<T: math::Real>(which: usize, x: T) -> T {
    match which {
        0 => math::exp(x),
        1 => math::log(x),
        2 => math::tanh(x),
        3 => math::sigmoid(x),
        4 => math::sin(x),
        _ => math::cos(x),
    }
}

#[inline(always)]
fn all_on<S: Lanes>(which: usize, x: &[f32], out: &mut [f32]) {
    for (x, out) in x.chunks(S::LANES).zip(out.chunks_mut(S::LANES)) {
        let x = S::F32::load_part(x, 0.0);
        let result = match which {
            0 => math::exp(x),
            1 => math::log(x),
            2 => math::tanh(x),
            3 => math::sigmoid(x),
            4 => math::sin(x),
            _ => math::cos(x),
        };
        result.store_part(out);
    }
}

variants! {
    fn all(which: usize, x: &[f32], out: &mut [f32]) = all_on;
    fn normals(words: &[u32], out: &mut [f32]) = normals_on;
}

#[inline(always)]
fn normals_on<S: Lanes>(words: &[u32], out: &mut [f32]) {
    math::normals::<S>(words, out);
}

fn hex(value: &Value) -> Vec<u64> {
    let digits = value.as_array().unwrap().iter();
    digits.map(|text| u64::from_str_radix(text.as_str().unwrap(), 16).unwrap()).collect()
}

fn bits(x: &[f32]) -> Vec<u64> {
    x.iter().map(|v| u64::from(v.to_bits())).collect()
}

fn inputs(file: &Value) -> [(Vec<f32>, bool); 2] {
    let cases = hex(&file["f32"]["inputs"]).iter().map(|&v| f32::from_bits(v as u32)).collect();
    let stride = file["stride"].as_u64().unwrap() as usize;
    let every = (0..=u32::MAX).step_by(stride).map(f32::from_bits).collect();
    [(cases, false), (every, true)]
}

fn expect(file: &Value, which: usize, digested: bool, found: &[f32], form: &str) {
    let golden = &file["f32"][NAMES[which]];
    if digested {
        assert_eq!(digest(bits(found).into_iter()), golden["digest"].as_str().unwrap(), "{} {form}", NAMES[which]);
    } else {
        assert_eq!(bits(found), hex(&golden["outputs"]), "{} {form}", NAMES[which]);
    }
}

#[test]
fn functions_of_f32() {
    let file = golden("common/math-goldens.json");
    for (x, digested) in inputs(&file) {
        for which in 0..NAMES.len() {
            for &isa in Isa::usable() {
                let mut out = vec![0.0; x.len()];
                all(isa, which, &x, &mut out);
                expect(&file, which, digested, &out, isa.name());
            }
            let one_by_one: Vec<f32> = x.iter().map(|&v| apply(which, v)).collect();
            expect(&file, which, digested, &one_by_one, "one by one");
        }
    }
}

#[test]
fn functions_of_f64() {
    let file = &golden("common/math-goldens.json")["f64"];
    let cases: Vec<f64> = hex(&file["inputs"]).into_iter().map(f64::from_bits).collect();
    let words = sequence(2 * file["count"].as_u64().unwrap() as usize);
    let random = words.chunks_exact(2).map(|pair| u64::from(pair[0]) << 32 | u64::from(pair[1]));
    // 2^-53
    let within = |v: u64| v as i64 as f64 * (f64::EPSILON / 2.0);
    let exp: fn(f64) -> f64 = math::exp64;
    for (name, f) in [("exp64", exp), ("log64", math::log64)] {
        let found: Vec<u64> = cases.iter().map(|&x| f(x).to_bits()).collect();
        assert_eq!(found, hex(&file[name]["outputs"]), "{name}");
        let inputs = random.clone().map(|v| if name == "exp64" { within(v) } else { f64::from_bits(v) });
        assert_eq!(digest(inputs.map(|x| f(x).to_bits())), file[name]["digest"].as_str().unwrap(), "{name}");
    }
}

#[test]
fn pairs_of_normals() {
    let file = &golden("common/math-goldens.json")["normalPair"];
    let words = sequence(file["count"].as_u64().unwrap() as usize);
    let pairs = words.chunks_exact(2).map(|pair| math::normal_pair(pair[0], pair[1]));
    let found: Vec<u64> = pairs.flat_map(|(c, s)| [c.to_bits(), s.to_bits()]).collect();
    assert_eq!(found[..16], hex(&file["outputs"]));
    assert_eq!(digest(found.into_iter()), file["digest"].as_str().unwrap());
}

#[test]
fn normals_of_f32() {
    let file = golden("common/math-goldens.json");
    let words = sequence(file["normalPair"]["count"].as_u64().unwrap() as usize);
    for &isa in Isa::usable() {
        let mut out = vec![0.0; words.len()];
        normals(isa, &words, &mut out);
        assert_eq!(bits(&out[..16]), hex(&file["normals"]["outputs"]));
        assert_eq!(digest(bits(&out).into_iter()), file["normals"]["digest"].as_str().unwrap(), "{}", isa.name());
        // Any end, also within a pair.
        for n in 0..40 {
            let mut part = [7.0; 41];
            normals(isa, &words, &mut part[..n]);
            assert_eq!(bits(&part[..n]), bits(&out[..n]));
            assert_eq!(part[n], 7.0);
        }
    }
}
