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

/// A function whose body is intrinsics.
macro_rules! lanes_fn {
    ($name:ident($self:ident $(, $arg:ident: $type:ty)*) -> $result:ty = $body:expr) => {
        #[inline(always)]
        fn $name($self $(, $arg: $type)*) -> $result {
            unsafe { $body }
        }
    };
    ($name:ident($($arg:ident: $type:ty),+) -> $result:ty = $body:expr) => {
        #[inline(always)]
        fn $name($($arg: $type),+) -> $result {
            unsafe { $body }
        }
    };
}
