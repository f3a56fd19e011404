import ArgumentParser

/// Where to listen: loopback only, as the stand-in must never be taken for a service.
struct LoopbackAddress: ExpressibleByArgument, Sendable {
    /// An IPv4 address of 127.0.0.0/8.
    let host: String
    /// 0 for any free port.
    let port: UInt16

    /// Reads `127.x.y.z:PORT` or `localhost:PORT`; anything else is refused.
    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
        let host = parts[0] == "localhost" ? "127.0.0.1" : String(parts[0])
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard octets.count == 4, octets[0] == 127, !octets.contains(nil) else { return nil }
        self.host = host
        self.port = port
    }

    /// Any free port of 127.0.0.1.
    static let anyPort = LoopbackAddress(host: "127.0.0.1", port: 0)

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    var defaultValueDescription: String { "\(host):\(port)" }
}
