internal import CLibCurl

/// The one owner of a `CURL` easy handle and its header list: freed exactly once, when the handle goes away.
///
/// It must not be freed while a multi handle still holds it; the loop takes it out first.
struct CurlEasyHandle: ~Copyable {
    /// Lent to the multi handle; never freed by anyone else.
    let pointer: UnsafeMutableRawPointer
    private let url: RequestURL
    private var headerList: UnsafeMutablePointer<curl_slist>?

    init(url: RequestURL) throws(HTTPError) {
        guard let pointer = curl_easy_init() else {
            throw HTTPError(.protocolError, url: url.redacted, message: "libcurl could not allocate a handle")
        }
        self.pointer = pointer
        self.url = url
    }

    deinit {
        curl_easy_cleanup(pointer)
        curl_slist_free_all(headerList)
    }

    /// The `errno` of the last failed connect; 0 when there was none.
    var systemError: Int32 { Int32(truncatingIfNeeded: info(CURLINFO_OS_ERRNO)) }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPError) {
        try check(shim_curl_setopt_long(pointer, option, value))
    }

    func set(_ option: CURLoption, _ value: String) throws(HTTPError) {
        try check(shim_curl_setopt_string(pointer, option, value))
    }

    func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) throws(HTTPError) {
        try check(shim_curl_setopt_pointer(pointer, option, value))
    }

    func setWriter(_ option: CURLoption, _ callback: curl_write_callback) throws(HTTPError) {
        try check(shim_curl_setopt_write(pointer, option, callback))
    }

    func setSocketOpener(_ callback: curl_opensocket_callback) throws(HTTPError) {
        try check(shim_curl_setopt_opensocket(pointer, callback))
    }

    /// Sets the request's own header fields; call it once.
    ///
    /// - Parameter headers: Names and values, without line breaks or other control characters.
    /// - Throws: ``HTTPError/Code/invalidHeader`` when a field could not stand on one line.
    mutating func setHeaders(_ headers: [(String, String)]) throws(HTTPError) {
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }),
                value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 })
            else {
                throw HTTPError(
                    .invalidHeader, url: url.redacted, message: "a request header holds characters it must not hold")
            }
            // libcurl sends a field without a value only when it is written with a semicolon.
            let isEmpty = value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            headerList = curl_slist_append(headerList, isEmpty ? "\(name);" : "\(name): \(value)")
        }
        try check(shim_curl_setopt_pointer(pointer, CURLOPT_HTTPHEADER, headerList))
    }

    private func info(_ info: CURLINFO) -> Int {
        var value = 0
        guard shim_curl_getinfo_long(pointer, info, &value) == CURLE_OK else { return 0 }
        return value
    }

    private func check(_ code: CURLcode) throws(HTTPError) {
        guard code == CURLE_OK else { throw HTTPError(code, systemError: 0, url: url.redacted) }
    }
}
