internal import CLibCurl
import Glibc

/// What one transfer asks of libcurl: a single request without redirects, already checked against the policy.
struct TransferRequest: Sendable {
    let url: RequestURL
    let headers: [(String, String)]
    let allowPrivate: Bool
    let totalTimeout: Duration
    let connectTimeout: Duration
    let idleTimeout: Duration
    let maxBodyBytes: Int
}

/// One request on its way through libcurl, and what its callbacks collect.
///
/// Not `Sendable`: it is made, run and dropped on its loop's thread. libcurl holds an unretained pointer to it from
/// ``prepare(sharing:)`` until its easy handle is freed, which happens in its own `deinit`.
final class Transfer {
    /// The most bytes of header lines an answer may have; libcurl 7.88 limits only the single line.
    private static let maxHeaderBytes = 256 * 1024

    let request: TransferRequest
    private(set) var easy: CurlEasyHandle
    private var body: [UInt8] = []
    private var headers = HTTPHeaders()
    private var headerBytes = 0
    private var failure: HTTPError?
    private var refusedAddress = false

    init(_ request: TransferRequest) throws(HTTPError) {
        self.request = request
        easy = try CurlEasyHandle(url: request.url)
    }

    /// Sets every option of the request.
    ///
    /// - Parameter share: The `CURLSH` with the client's cookies; it must outlive the transfer.
    /// - Throws: ``HTTPError`` when libcurl refuses an option or a header field may not be sent.
    func prepare(sharing share: UnsafeMutableRawPointer) throws(HTTPError) {
        try easy.set(CURLOPT_URL, request.url.text)
        try easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        try easy.set(CURLOPT_PROXY, "")  // also keeps libcurl from reading the environment
        try easy.set(CURLOPT_NOPROXY, "*")
        try easy.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        try easy.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try easy.set(CURLOPT_ACCEPT_ENCODING, "")  // all that this libcurl decodes
        try easy.set(CURLOPT_COOKIEFILE, "")  // turns the cookie engine on without a file
        try easy.set(CURLOPT_SHARE, pointer: share)
        try easy.set(CURLOPT_NOSIGNAL, 1)
        try easy.set(CURLOPT_QUICK_EXIT, 1)  // a cancelled name look-up is left behind, not waited for
        try easy.set(CURLOPT_TIMEOUT_MS, request.totalTimeout.wholeMilliseconds)
        try easy.set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
        try easy.set(CURLOPT_LOW_SPEED_LIMIT, 1)
        try easy.set(CURLOPT_LOW_SPEED_TIME, (request.idleTimeout.wholeMilliseconds + 999) / 1000)
        try easy.set(CURLOPT_MAXFILESIZE, max(1, request.maxBodyBytes))
        try easy.setHeaders(request.headers)
        try setCallbacks()
    }

    /// What became of the transfer, once libcurl has reported `result` for it.
    func outcome(_ result: CURLcode) -> Result<TransferAnswer, HTTPError> {
        if let failure { return .failure(failure) }
        guard result == CURLE_OK else {
            if refusedAddress, result == CURLE_COULDNT_CONNECT {
                return .failure(
                    error(.addressRefused, "its address is loopback, private, link-local or otherwise special"))
            }
            return .failure(HTTPError(result, systemError: easy.systemError, url: request.url.redacted))
        }
        return .success(TransferAnswer(status: easy.responseCode, headers: headers, body: body))
    }

    private func setCallbacks() throws(HTTPError) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        try easy.set(CURLOPT_WRITEDATA, pointer: context)
        try easy.setWriter(CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let chunk = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Transfer.at(context).receive(chunk) ? chunk.count : chunk.count &+ 1  // any other number stops it
        }
        try easy.set(CURLOPT_HEADERDATA, pointer: context)
        try easy.setWriter(CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let bytes, let context else { return 0 }
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return Transfer.at(context).receiveHeader(line) ? line.count : line.count &+ 1
        }
        try easy.set(CURLOPT_OPENSOCKETDATA, pointer: context)
        try easy.setSocketOpener { context, _, address in
            guard let address, let context, Transfer.at(context).mayConnect(shim_curl_address(address)) else {
                return CURL_SOCKET_BAD
            }
            return shim_curl_open_socket(address)
        }
    }

    private static func at(_ context: UnsafeMutableRawPointer) -> Transfer {
        Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    /// Takes decompressed bytes of the body; `false` once they are too many.
    private func receive(_ chunk: UnsafeRawBufferPointer) -> Bool {
        guard failure == nil, chunk.count <= request.maxBodyBytes - body.count else {
            failure = failure ?? error(.bodyTooLarge, "the body is longer than \(request.maxBodyBytes) bytes")
            return false
        }
        body.append(contentsOf: chunk)
        return true
    }

    /// Takes one header line; a status line begins a new set, as after a 1xx answer.
    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        headerBytes += line.count
        guard headerBytes <= Self.maxHeaderBytes else {
            failure = error(.protocolError, "the header is longer than \(Self.maxHeaderBytes) bytes")
            return false
        }
        let text = String(decoding: line, as: UTF8.self)
        if text.hasPrefix("HTTP/") {
            headers = HTTPHeaders()
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].trimmingBlanks()
            headers.append(name: String(text[..<colon]), value: String(value))
        }
        return true
    }

    /// The last check before a socket exists: the address given is the one that is connected to.
    private func mayConnect(_ address: UnsafePointer<sockaddr>?) -> Bool {
        guard let address else { return false }
        guard request.allowPrivate || AddressRules.isPublic(address) else {
            refusedAddress = true
            return false
        }
        return true
    }

    private func error(_ code: HTTPError.Code, _ message: String) -> HTTPError {
        HTTPError(code, url: request.url.redacted, message: message)
    }
}

/// What a single request without redirects brought back.
struct TransferAnswer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: [UInt8]
}

extension Duration {
    /// Rounded up and at least 1, as libcurl reads 0 as "no limit"; at most what a C `long` of 32 bits holds.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
