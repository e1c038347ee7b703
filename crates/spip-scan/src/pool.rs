//! The threads that scans run on.
//!
//! Analysis of source files recurses as deep as the source is nested, so these threads have
//! large stacks: address space only, pages are taken when they are used.

use std::sync::OnceLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// Sizes of stacks to try, the best first: some machines bound the address space.
const STACKS: &[usize] = &[1 << 30, 256 << 20, 64 << 20, 16 << 20];

/// The one pool of this process; `None`: no thread could be started.
pub(crate) fn pool() -> Option<&'static ThreadPool> {
    started().map(|(pool, _)| pool)
}

/// How large the stack of a thread is, in bytes.
pub(crate) fn stack() -> usize {
    started().map_or(0, |(_, stack)| *stack)
}

fn started() -> Option<&'static (ThreadPool, usize)> {
    static POOL: OnceLock<Option<(ThreadPool, usize)>> = OnceLock::new();
    let start = |stack: &usize| {
        let builder = ThreadPoolBuilder::new()
            .stack_size(*stack)
            .thread_name(|index| format!("scan-{index}"));
        Some((builder.build().ok()?, *stack))
    };
    POOL.get_or_init(|| STACKS.iter().find_map(start)).as_ref()
}
