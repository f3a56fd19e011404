internal import CLibCurl
import Glibc

extension HTTPError {
    /// Translates libcurl's verdict.
    ///
    /// - Parameters:
    ///   - result: What libcurl reported; never `CURLE_OK`.
    ///   - systemError: The `errno` of the last connect, 0 for none.
    ///   - url: Where the request went, already redacted.
    init(_ result: CURLcode, systemError: Int32, url: String) {
        let code = systemError == ECONNRESET ? Code.connectionReset : Self.code(for: result)
        // Only libcurl's fixed text for the code: its error buffer may quote the URL or the server.
        self.init(code, url: url, message: String(cString: curl_easy_strerror(result)))
    }

    private static func code(for result: CURLcode) -> Code {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: .connectFailed
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            .connectionReset
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_CRL_BADFILE:
            .tlsFailed
        case CURLE_FILESIZE_EXCEEDED: .bodyTooLarge
        case CURLE_URL_MALFORMAT: .invalidURL
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        default: .protocolError
        }
    }
}
