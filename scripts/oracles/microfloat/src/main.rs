//! Reads f32 from stdin, writes their codes in the format that the first argument names to stdout.
use std::io::{Read, Write};

fn main() -> std::io::Result<()> {
    let name = std::env::args().nth(1).expect("usage: microfloat-oracle FORMAT");
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let inputs = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    macro_rules! encode {
        ($($text:literal => $type:ident),*) => {
            match name.as_str() {
                $($text => inputs.map(|x| microfloat::$type::from_f32(x).to_bits()).collect(),)*
                _ => panic!("unknown format {name}"),
            }
        };
    }
    let codes: Vec<u8> = encode!(
        "e4m3fn" => f8e4m3fn, "e5m2" => f8e5m2, "e4m3" => f8e4m3, "e3m4" => f8e3m4, "e4m3fnuz" => f8e4m3fnuz,
        "e5m2fnuz" => f8e5m2fnuz, "e4m3b11fnuz" => f8e4m3b11fnuz, "e8m0fnu" => f8e8m0fnu, "e2m3fn" => f6e2m3fn,
        "e3m2fn" => f6e3m2fn, "e2m1fn" => f4e2m1fn
    );
    std::io::stdout().write_all(&codes)
}
