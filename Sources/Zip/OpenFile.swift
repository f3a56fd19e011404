import Glibc

/// The one owner of a file descriptor that bytes are read from at any offset, closed when the last reference goes.
///
/// Reading moves no position (pread(2)), so one file serves several readers at once.
package final class OpenFile: Sendable {
    /// How large the file was when it was opened; what is appended later is not read.
    package let count: Int
    private let descriptor: Int32

    /// What opening does with a path that ends in a symbolic link.
    package enum Links: Sendable {
        case followed
        /// Only a file that is really there is opened: a link could lead out of a folder.
        case refused
    }

    /// Why a file was not opened.
    package enum Refusal: Error, Equatable, Sendable {
        /// There is nothing of that name, or a link that is refused.
        case missing
        /// It is a folder, a pipe or a device.
        case notRegular
        /// The system does not allow it, for example by the file's permissions.
        case notAllowed
    }

    /// Opens a regular file for reading; waits for nothing, not even at a pipe.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - links: What is done with a symbolic link at the path's end.
    /// - Throws: ``Refusal``; nothing stays open.
    package init(path: String, links: Links = .followed) throws(Refusal) {
        let noFollow = links == .refused ? O_NOFOLLOW : 0
        // A path with a NUL would be cut there.
        guard !path.utf8.contains(0) else { throw .missing }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | noFollow)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG: throw .missing
            default: throw .notAllowed
            }
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notRegular
        }
        self.descriptor = descriptor
        count = Int(status.st_size)
    }

    /// Takes over a descriptor that can be read.
    init(descriptor: Int32, count: Int) {
        self.descriptor = descriptor
        self.count = count
    }

    deinit { close(descriptor) }

    /// Fills the first `count` bytes of a buffer.
    func read(at offset: Int, into buffer: inout [UInt8], count: Int) throws(ZipError) {
        var filled = 0
        while filled < count {
            let got = buffer.withUnsafeMutableBytes { bytes in
                pread(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: bytes[filled..<count]).baseAddress,
                    count - filled, off_t(offset + filled))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else {
                throw ZipError.unreadable(reason: "the system reports error \(errno) at byte \(offset + filled)")
            }
            guard got > 0 else {
                throw ZipError.unreadable(
                    reason: "it became shorter while it was read; \(offset + filled) bytes are left")
            }
            filled += got
        }
    }
}
