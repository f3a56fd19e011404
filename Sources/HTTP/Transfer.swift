internal import CLibCurl
import Glibc

/// What one transfer asks of libcurl: a single request without redirects, already checked against the policy.
struct TransferRequest: Sendable {
    let url: RequestURL
    let headers: [(String, String)]
    let allowPrivate: Bool
    let totalTimeout: Duration
    let connectTimeout: Duration
    let headerTimeout: Duration
    let idleTimeout: Duration
    let maxBodyBytes: Int
    /// A file of certificates that are trusted in place of the system's.
    let trustedCertificatesFile: String?
}

/// The status and the header fields of a single answer, redirects included.
struct TransferHead: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let httpVersion: String
}

/// One request on its way through libcurl; its callbacks hand the answer to a stream.
///
/// Not `Sendable`: it is made, run and dropped on its loop's thread. libcurl holds an unretained pointer to it from
/// ``prepare(sharing:)`` until its easy handle is freed, which happens in its own `deinit`.
final class Transfer {
    let request: TransferRequest
    private(set) var easy: CurlEasyHandle
    let stream: AnswerStream
    private var header = HeaderReader()
    private var clock: TransferClock
    private var bodyBytes = 0
    private var isCompressed = false
    private var failure: HTTPError?
    private var refusedAddress = false

    /// Makes a transfer; nothing is asked of libcurl yet.
    ///
    /// - Parameters:
    ///   - request: What to ask for.
    ///   - stream: Gets the answer, but not its end.
    ///   - now: When it begins.
    /// - Throws: ``HTTPError`` when libcurl has no memory.
    init(
        _ request: TransferRequest, to stream: AnswerStream, at now: ContinuousClock.Instant
    ) throws(HTTPError) {
        self.request = request
        self.stream = stream
        clock = TransferClock(header: request.headerTimeout, idle: request.idleTimeout, startedAt: now)
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
        try easy.set(CURLOPT_SSL_VERIFYPEER, 1)
        try easy.set(CURLOPT_SSL_VERIFYHOST, 2)  // the certificate must name the host
        if let file = request.trustedCertificatesFile { try easy.set(CURLOPT_CAINFO, file) }
        try easy.set(CURLOPT_ACCEPT_ENCODING, "")  // all that this libcurl decodes
        try easy.set(CURLOPT_COOKIEFILE, "")  // turns the cookie engine on without a file
        try easy.set(CURLOPT_SHARE, pointer: share)
        try easy.set(CURLOPT_NOSIGNAL, 1)
        try easy.set(CURLOPT_QUICK_EXIT, 1)  // a cancelled name look-up is left behind, not waited for
        try easy.set(CURLOPT_TIMEOUT_MS, request.totalTimeout.wholeMilliseconds)
        try easy.set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
        try easy.set(CURLOPT_MAXFILESIZE, max(1, request.maxBodyBytes))
        try easy.setHeaders(request.headers)
        try setCallbacks()
    }

    /// What became of the transfer, once libcurl has reported `result` for it.
    func outcome(_ result: CURLcode) -> Result<Void, HTTPError> {
        if let failure { return .failure(failure) }
        guard result == CURLE_OK else {
            if refusedAddress, result == CURLE_COULDNT_CONNECT {
                return .failure(
                    error(.addressRefused, "its address is loopback, private, link-local or otherwise special"))
            }
            return .failure(HTTPError(result, systemError: easy.systemError, url: request.url.redacted))
        }
        return .success(())
    }

    /// Stops the transfer when its reader is behind.
    func pauseIfFull() {
        guard stream.isFull() else { return }
        clock.stop()
        curl_easy_pause(easy.pointer, CURLPAUSE_RECV)
    }

    /// Goes on after ``pauseIfFull()``; without effect on a transfer that was not stopped.
    func resume(at now: ContinuousClock.Instant) {
        clock.note(progressAt: now)
        curl_easy_pause(easy.pointer, CURLPAUSE_CONT)
    }

    /// When the transfer is to be looked at again if nothing moves; `nil` while it stands still for its reader.
    var deadline: ContinuousClock.Instant? { clock.deadline }

    /// Why the transfer must end now; `nil` while it is within its limits.
    func overdue(at now: ContinuousClock.Instant) -> HTTPError? {
        clock.verdict(at: now).map { error(.timedOut, $0) }
    }

    private var now: ContinuousClock.Instant { ContinuousClock.now }

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
        guard failure == nil, chunk.count <= request.maxBodyBytes - bodyBytes else {
            failure = failure ?? error(.bodyTooLarge, "the body is longer than \(request.maxBodyBytes) bytes")
            return false
        }
        bodyBytes += chunk.count
        clock.note(progressAt: now)
        stream.append(chunk)
        // libcurl 7.88 reads up to 100 times in a row, so waiting for the end of the step would let megabytes in. But what
        // it decompresses after a pause inside a callback it keeps uncounted: such a body waits, and its limit holds.
        if !isCompressed { pauseIfFull() }
        return true
    }

    /// Takes one header line; `false` once there are too many.
    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        clock.note(progressAt: now)
        do throws(HeaderReader.TooLong) {
            guard let head = try header.read(line) else { return true }
            clock.headerIsComplete()
            isCompressed = head.headers["Content-Encoding"] != nil
            stream.open(head)
            return true
        } catch {
            failure = self.error(.protocolError, "the header is longer than \(HeaderReader.maxBytes) bytes")
            return false
        }
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

extension Duration {
    /// Rounded up and at least 1, as libcurl reads 0 as "no limit"; at most what a C `long` of 32 bits holds.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 2_000_000 else { return 2_000_000_000 }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
