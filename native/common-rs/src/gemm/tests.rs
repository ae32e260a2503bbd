use super::*;

/// Whole numbers of up to ±8: products and short sums of them are exact in f32.
fn numbers(seed: u64, n: usize) -> impl Iterator<Item = f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % 17) as f64 - 8.0
    })
}

const SHAPES: [(usize, usize, usize); 14] = [
    (0, 3, 4),
    (1, 1, 0),
    (1, 1, 1),
    (3, 5, 7),
    (6, 16, 32),
    (7, 17, 33),
    (12, 32, 256),
    (13, 31, 257),
    (25, 70, 600),
    (5, 1, 300),
    (1, 100, 50),
    (64, 49, 49),
    (18, 48, 512),
    (11, 33, 1000),
];

macro_rules! tests {
    ($name:ident, $type:ty, $gemm:ident) => {
        #[test]
        fn $name() {
            for isa in Isa::usable() {
                for class in [Class::Fast, Class::Exact] {
                    for (case, &(rows, n, k)) in SHAPES.iter().enumerate() {
                        for transposed in [false, true] {
                            for (alpha, beta) in [(1.0, 0.0), (1.0, 1.0), (-2.0, 3.0)] {
                                let shape = Shape { rows, n, k };
                                let (sa, sc) = (k + case % 3, n + case % 2);
                                let sb = if transposed { k } else { n } + case % 4;
                                let b_rows = if transposed { n } else { k };
                                let a: Vec<$type> = numbers(1, rows * sa + 1).map(|v| v as $type).collect();
                                let b: Vec<$type> = numbers(2, b_rows * sb + 1).map(|v| v as $type).collect();
                                let mut c: Vec<$type> = numbers(3, rows * sc + 1).map(|v| v as $type).collect();
                                if beta == 0.0 {
                                    c.fill(<$type>::NAN);
                                }
                                let before = c.clone();
                                let mut work = vec![<$type>::NAN; workspace(k) + case * 1000];
                                let left = Left { data: &a, stride: sa };
                                let right = Right { data: &b, stride: sb, transposed };
                                let mut to = Product { data: &mut c, stride: sc };
                                $gemm(*isa, class, shape, alpha, left, right, beta, &mut to, &mut work);
                                for i in 0..rows {
                                    for j in 0..n {
                                        let at = |p: usize| if transposed { j * sb + p } else { p * sb + j };
                                        let sum: f64 =
                                            (0..k).map(|p| f64::from(a[i * sa + p]) * f64::from(b[at(p)])).sum();
                                        let kept = if beta == 0.0 { 0.0 } else { f64::from(before[i * sc + j]) };
                                        let expected = f64::from(alpha) * sum + f64::from(beta) * kept;
                                        assert_eq!(
                                            f64::from(c[i * sc + j]),
                                            expected,
                                            "{isa:?} {class:?} {rows} {n} {k}"
                                        );
                                    }
                                    // What lies between the rows stays.
                                    if sc > n {
                                        assert_eq!(c[i * sc + n].to_bits(), before[i * sc + n].to_bits());
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
}

tests!(single, f32, gemm32);
tests!(double, f64, gemm64);

/// Exact products have the written order of sums, whatever the instruction set and the workspace.
#[test]
fn exact_order() {
    let (rows, n, k) = (7, 37, 600);
    let value = |v: f64| (v * 0.1 + 0.013 * v * v) as f32;
    let a: Vec<f32> = numbers(4, rows * k).map(value).collect();
    let b: Vec<f32> = numbers(5, n * k).map(value).collect();
    let mut expected = vec![0.5f32; rows * n];
    for i in 0..rows {
        for j in 0..n {
            for (block, p0) in (0..k).step_by(256).enumerate() {
                let mut sum = 0.0;
                for p in p0..k.min(p0 + 256) {
                    sum += a[i * k + p] * b[j * k + p];
                }
                let c = expected[i * n + j];
                expected[i * n + j] = (if block == 0 { 0.7 * c } else { c }) + 1.3 * sum;
            }
        }
    }
    for isa in Isa::usable() {
        for extra in [0, 5000, 100_000] {
            let mut c = vec![0.5f32; rows * n];
            let mut work = vec![0.0; workspace(k) + extra];
            let left = Left { data: &a, stride: k };
            let right = Right { data: &b, stride: k, transposed: true };
            let mut to = Product { data: &mut c, stride: n };
            gemm32(*isa, Class::Exact, Shape { rows, n, k }, 1.3, left, right, 0.7, &mut to, &mut work);
            let bits = |v: &[f32]| v.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&c), bits(&expected), "{isa:?}");
        }
    }
}

#[test]
#[should_panic(expected = "B is too short")]
fn short_right_factor() {
    let shape = Shape { rows: 2, n: 2, k: 2 };
    let mut c = [0.0; 4];
    let left = Left { data: &[0.0; 4], stride: 2 };
    let right = Right { data: &[0.0; 3], stride: 2, transposed: false };
    let mut to = Product { data: &mut c, stride: 2 };
    gemm32(Isa::widest(), Class::Fast, shape, 1.0, left, right, 0.0, &mut to, &mut [0.0; 64]);
}
