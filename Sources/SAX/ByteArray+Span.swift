extension [UInt8] {
    /// Adds a copy of the bytes.
    package mutating func append(_ bytes: Span<UInt8>) {
        // Most texts are so short that a loop takes less time than the calls to a copy.
        guard bytes.count <= 24 else {
            return bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
        }
        append(addingCapacity: bytes.count) { output in
            for index in bytes.indices { output.append(bytes[index]) }
        }
    }
}
