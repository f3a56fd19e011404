import Glibc

/// Reads a file that only its owner may read.
enum CredentialFile {
    /// The longest file, in bytes: a list of many hospitals' codes.
    private static let maxBytes = 64 * 1024

    enum Kind { case file, folder }

    /// What stands at a path; `nil` for nothing.
    ///
    /// - Parameter path: A file or folder.
    /// - Returns: What it is.
    /// - Throws: ``CredentialError/Code/unreadable`` when it is something else or cannot be looked at.
    static func kind(of path: String) throws(CredentialError) -> Kind? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw failure(path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        default: throw CredentialError(.unreadable, "\(path): it is neither a file nor a folder")
        }
    }

    /// The text of a file, without a line break at its end.
    ///
    /// The mode is asked of the opened file, so it cannot be changed between the check and the reading.
    ///
    /// - Parameter path: A file.
    /// - Returns: Its text.
    /// - Throws: ``CredentialError``.
    static func read(_ path: String) throws(CredentialError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw failure(path) }
        guard status.st_mode & 0o077 == 0 else {
            throw CredentialError(
                .unprotected,
                "\(path): others than its owner may use it (mode \(String(status.st_mode & 0o777, radix: 8))); "
                    + "run: chmod 600 \(path)")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw failure(path) }
            if count == 0 { break }
            bytes += buffer[..<count]
            guard bytes.count <= maxBytes else {
                throw CredentialError(.malformed, "\(path): it is longer than \(maxBytes) bytes")
            }
        }
        while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw CredentialError(.malformed, "\(path): it is no UTF-8 text")
        }
        return text
    }

    private static func failure(_ path: String) -> CredentialError {
        let reason = String(cString: strerror(errno))
        return CredentialError(.unreadable, "\(path): \(reason); let the worker's user read it")
    }
}
