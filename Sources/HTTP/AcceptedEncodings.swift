internal import CLibCurl

/// Which encodings of a body are asked for (domain.md section 5.5): of gzip, deflate and brotli those that this libcurl
/// decodes.
enum AcceptedEncodings {
    /// The value of `Accept-Encoding`; `identity` when libcurl decodes none.
    static let header: String = {
        guard let version = curl_version_info(CURLVERSION_FIRST) else { return "identity" }
        return header(features: version.pointee.features)
    }()

    /// The value for a libcurl with these features.
    static func header(features: Int32) -> String {
        var names: [String] = []
        if features & CURL_VERSION_LIBZ != 0 { names += ["gzip", "deflate"] }
        if features & CURL_VERSION_BROTLI != 0 { names.append("br") }
        return names.isEmpty ? "identity" : names.joined(separator: ", ")
    }
}
