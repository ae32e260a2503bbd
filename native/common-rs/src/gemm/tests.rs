use super::*;

/// Whole numbers of up to ±8: products and short sums of them are exact in f32.
fn numbers(seed: u64, n: usize) -> impl Iterator<Item = f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..n).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % 17) as f32 - 8.0
    })
}

const SHAPES: [(usize, usize, usize); 15] = [
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
    (133, 40, 20),
    (11, 33, 1000),
];

#[test]
fn whole_numbers_are_exact() {
    for isa in Isa::usable() {
        for (case, &(rows, n, k)) in SHAPES.iter().enumerate() {
            for transposed in [false, true] {
                for (alpha, beta) in [(1.0, 0.0), (1.0, 1.0), (-2.0, 3.0)] {
                    let shape = Shape { rows, n, k };
                    let (sa, sc) = (k + case % 3, n + case % 2);
                    let sb = if transposed { k } else { n } + case % 4;
                    let b_rows = if transposed { n } else { k };
                    let a: Vec<f32> = numbers(1, rows * sa + 1).collect();
                    let b: Vec<f32> = numbers(2, b_rows * sb + 1).collect();
                    let mut c: Vec<f32> = numbers(3, rows * sc + 1).collect();
                    if beta == 0.0 {
                        c.fill(f32::NAN);
                    }
                    let before = c.clone();
                    let mut work = vec![f32::NAN; workspace(k) + case * 1000];
                    let (left, right) = (Left { data: &a, stride: sa }, Right { data: &b, stride: sb, transposed });
                    gemm(*isa, shape, alpha, left, right, beta, &mut Product { data: &mut c, stride: sc }, &mut work);
                    for (i, j) in (0..rows).flat_map(|i| (0..n).map(move |j| (i, j))) {
                        let at = |p: usize| if transposed { j * sb + p } else { p * sb + j };
                        let sum: f32 = (0..k).map(|p| a[i * sa + p] * b[at(p)]).sum();
                        let kept = if beta == 0.0 { 0.0 } else { before[i * sc + j] };
                        assert_eq!(c[i * sc + j], alpha * sum + beta * kept, "{isa:?} {rows} {n} {k}");
                        // What lies between the rows stays.
                        let next = i * sc + n;
                        assert!(sc == n || c[next].to_bits() == before[next].to_bits());
                    }
                }
            }
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
    gemm(Isa::widest(), shape, 1.0, left, right, 0.0, &mut to, &mut [0.0; 64]);
}
