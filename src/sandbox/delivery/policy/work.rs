//! Counts in tests how many notifications the policy looks at.

#[cfg(test)]
thread_local! {
    static LOOKED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

pub(super) fn looked() {
    #[cfg(test)]
    LOOKED.set(LOOKED.get() + 1);
}

/// How many were looked at since the last time this was asked.
#[cfg(test)]
pub(in crate::sandbox::delivery) fn taken() -> usize {
    LOOKED.take()
}
