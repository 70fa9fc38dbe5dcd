//! Numbers of the C library's types, whose width depends on the machine.

/// The same number as another type; `None` if it does not fit.
pub fn converted<T: TryInto<U>, U>(number: T) -> Option<U> {
    number.try_into().ok()
}
