//! The only code that is compiled for a processor's vector instructions, and the only `unsafe` of the library.
//!
//! Each function has two forms that give the same result, as tests prove: one for AVX2, chosen at run time where the
//! processor has it, and a plain one for all others.
#![allow(unsafe_code, reason = "a function compiled for AVX2 may only be called where the processor has it")]

mod edges;
pub(crate) mod marks;
mod text;
pub(crate) mod trees;

pub(crate) use edges::find_edges;
pub(crate) use text::{each_newline, scan};

/// Whether the processor has the vector instructions that this module uses, those for bits included.
pub(crate) fn has_avx2() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        // Asked for every line, so the five answers are kept as one.
        static HAS_ALL: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
            has!("avx2") && has!("bmi1") && has!("bmi2") && has!("lzcnt") && has!("popcnt")
        });
        *HAS_ALL
    }
    #[cfg(not(target_arch = "x86_64"))]
    false
}
