/// Makes a core function of a generic one, compiled once per instruction set.
///
/// ```
/// use common_rs::lanes::{Lanes, Vector};
/// use common_rs::variants;
///
/// #[inline(always)]
/// fn scaled_on<S: Lanes>(x: &[f32], by: f32, out: &mut [f32]) -> i32 {
///     let mut to = out.chunks_mut(S::LANES);
///     for part in x.chunks(S::LANES) {
///         let scaled = S::F32::load_part(part, 0.0) * S::F32::splat(by);
///         scaled.store_part(to.next().unwrap());
///     }
///     0
/// }
///
/// variants! {
///     /// out[i] = by x[i]
///     pub fn scaled(x: &[f32], by: f32, out: &mut [f32]) -> i32 = scaled_on;
/// }
///
/// let mut out = [0.0; 3];
/// scaled(common_rs::Isa::widest(), &[1.0, 2.0, 3.0], 2.0, &mut out);
/// assert_eq!(out, [2.0, 4.0, 6.0]);
/// ```
///
/// `= name[true]` passes further generic arguments: `name::<S, true>`. `variants! { to avx2; fn … }` is for what wider
/// vectors don't make much faster, because memory is what it waits for: AVX-512 takes the variant of AVX2, and the addon is
/// smaller.
#[cfg(target_arch = "x86_64")]
#[macro_export]
macro_rules! variants {
    (to avx2; $($functions:tt)+) => { $crate::variants! { @all avx2; $($functions)+ } };
    (@all $widest:ident; $($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)? =
       $body:ident $([$($extra:tt),+])?;)+) => {$(
        $(#[$meta])*
        $vis fn $name(isa: $crate::cpu::Isa, $($arg: $type),*) $(-> $result)? {
            #[target_feature(enable = "sse3,ssse3,sse4.1,sse4.2,popcnt")]
            fn sse41($($arg: $type),*) $(-> $result)? {
                $body::<$crate::lanes::Sse41 $($(, $extra)+)?>($($arg),*)
            }
            #[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
            #[inline(never)]
            fn avx2($($arg: $type),*) $(-> $result)? {
                $body::<$crate::lanes::Avx2 $($(, $extra)+)?>($($arg),*)
            }
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
            fn avx512($($arg: $type),*) $(-> $result)? {
                $crate::variants!(@widest $widest $body [$($($extra),+)?] ($($arg),*))
            }
            // SAFETY: an `Isa` is one that this processor has.
            unsafe {
                match isa.level() {
                    $crate::cpu::Level::Sse41 => sse41($($arg),*),
                    $crate::cpu::Level::Avx2 => avx2($($arg),*),
                    $crate::cpu::Level::Avx512 => avx512($($arg),*),
                }
            }
        }
    )+};
    (@widest avx2 $body:ident $extra:tt ($($arg:ident),*)) => { avx2($($arg),*) };
    (@widest avx512 $body:ident [$($extra:tt),*] ($($arg:ident),*)) => {
        $body::<$crate::lanes::Avx512 $(, $extra)*>($($arg),*)
    };
    ($($functions:tt)+) => { $crate::variants! { @all avx512; $($functions)+ } };
}

/// As on x86-64; NEON is part of every arm64 processor.
#[cfg(target_arch = "aarch64")]
#[macro_export]
macro_rules! variants {
    (to avx2; $($functions:tt)+) => { $crate::variants! { $($functions)+ } };
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $result:ty)? =
       $body:ident $([$($extra:tt),+])?;)+) => {$(
        $(#[$meta])*
        $vis fn $name(isa: $crate::cpu::Isa, $($arg: $type),*) $(-> $result)? {
            match isa.level() {
                $crate::cpu::Level::Neon => $body::<$crate::lanes::Neon $($(, $extra)+)?>($($arg),*),
            }
        }
    )+};
}
