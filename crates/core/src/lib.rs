//! The monitor of a container, as a library: one thread, one epoll loop, no JavaScript.
pub mod plan;
