//! The directory that holds the name of a file.

use std::path::Path;

/// That of `path`: `.` for a name alone.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_is_in_the_current_directory() {
        for (path, directory) in [("log", "."), ("a/log", "a"), ("/log", "/"), ("./log", ".")] {
            assert_eq!(directory_of(Path::new(path)), Path::new(directory), "{path}");
        }
    }
}
