import Glibc

/// A file without a name in a temporary folder, written once and then read: what is too large to be held in memory.
///
/// Only its owner can reach it, and it is gone with the last descriptor, also after a crash.
package struct SpoolFile: ~Copyable {
    private let descriptor: Int32
    private var count = 0

    /// The system did not take the bytes: the folder is missing, read-only or full.
    package struct Failure: Error, Equatable, Sendable {
        /// The system's number for it (errno).
        package let number: Int32

        package init(number: Int32) { self.number = number }
    }

    /// Makes an empty file.
    ///
    /// - Parameter folder: Where there is room for it.
    /// - Throws: ``Failure``; no file is left behind.
    package init(folder: String) throws(Failure) {
        var name = Array("\(folder)/schedcu.XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw Failure(number: errno) }
        unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Writes the next bytes.
    ///
    /// - Parameter bytes: Any number.
    /// - Throws: ``Failure``; the file is of no use then.
    package mutating func append(_ bytes: [UInt8]) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let status = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if status < 0, errno == EINTR { continue }
            guard status > 0 else { throw Failure(number: errno) }
            written += status
        }
        count += bytes.count
    }

    /// Ends the writing.
    ///
    /// - Returns: The same file, for reading.
    /// - Throws: ``Failure`` when no descriptor is left.
    package consuming func finished() throws(Failure) -> OpenFile {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw Failure(number: errno) }
        return OpenFile(descriptor: copy, count: count)
    }
}
