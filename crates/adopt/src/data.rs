//! Data that calls refer to, in another process's memory.

/// Grows from an address on.
#[derive(Debug)]
pub(crate) struct Data {
    address: u64,
    bytes: Vec<u8>,
}

impl Data {
    pub(crate) fn at(address: u64) -> Self {
        Self { address, bytes: Vec::new() }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds a string, and returns its address.
    pub(crate) fn string(&mut self, text: &[u8]) -> u64 {
        let at = self.end();
        self.bytes.extend(text);
        self.bytes.push(0);
        at
    }

    /// Adds an array that ends with a null pointer, and returns its address.
    pub(crate) fn pointers(&mut self, pointers: impl Iterator<Item = u64>) -> u64 {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let at = self.end();
        for pointer in pointers.chain([0]) {
            self.bytes.extend(pointer.to_le_bytes());
        }
        at
    }

    fn end(&self) -> u64 {
        self.address + u64::try_from(self.bytes.len()).unwrap_or(0)
    }
}
