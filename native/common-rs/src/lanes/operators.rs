/// Operators of a vector type: trait, method and intrinsic of each.
macro_rules! operators {
    ($vector:ident, $($trait:ident $method:ident $intrinsic:ident),+) => {$(
        impl core::ops::$trait for $vector {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                unsafe { Self($intrinsic(self.0, other.0)) }
            }
        }
    )+};
}
