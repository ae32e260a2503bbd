//! Sums in the one order that every backend keeps: element i goes to accumulator i mod 16 (f32) or i mod 8 (f64),
//! then a halving tree: s[i] + s[i + 8], … + s[i + 4], … + s[i + 2], s[0] + s[1].

use super::{Floats, Lanes, Vector};

macro_rules! accumulators {
    ($(#[$doc:meta])* $name:ident, $float:ident, $vector:ident, $item:ty, $width:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name<S: Lanes>([S::$vector; 4]);

        impl<S: Lanes> Default for $name<S> {
            #[inline(always)]
            fn default() -> Self {
                Self([S::$vector::splat(0.0); 4])
            }
        }

        impl<S: Lanes> $name<S> {
            /// Accumulators.
            pub const WIDTH: usize = $width;
            /// Vectors that hold them.
            pub const VECTORS: usize = $width / S::$vector::LEN;

            /// Adds to the accumulators of vector `k`, which elements `k LEN …` of every `WIDTH` belong to.
            #[inline(always)]
            pub fn add(&mut self, k: usize, v: S::$vector) {
                self.0[k] = self.0[k] + v;
            }

            /// Adds all elements of a slice that begins at a multiple of `WIDTH`.
            #[inline(always)]
            pub fn add_all(&mut self, x: &[$item]) {
                let whole = x.chunks_exact(Self::WIDTH);
                let rest = whole.remainder();
                for block in whole {
                    for k in 0..Self::VECTORS {
                        self.add(k, S::$vector::load(&block[k * S::$vector::LEN..]));
                    }
                }
                for (k, part) in rest.chunks(S::$vector::LEN).enumerate() {
                    self.add(k, S::$vector::load_part(part, 0.0));
                }
            }

            #[inline(always)]
            pub fn fold(self) -> $item {
                let mut s = self.0;
                let mut half = Self::VECTORS / 2;
                while half > 0 {
                    for k in 0..half {
                        s[k] = s[k] + s[k + half];
                    }
                    half /= 2;
                }
                s[0].sum()
            }
        }
    };
}

accumulators!(
    /// 16 sums of f32.
    Sum32, f32, F32, f32, 16
);
accumulators!(
    /// 8 sums of f64.
    Sum64, f64, F64, f64, 8
);
