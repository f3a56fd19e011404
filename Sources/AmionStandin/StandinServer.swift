import FlyingSocks
import Foundation
import Glibc

/// Listens on loopback and serves each connection by itself.
///
/// It speaks HTTP/1.1 on plain sockets, as no HTTP server misbehaves on request.
struct StandinServer: Sendable {
    private let options: StandinOptions
    private let behaviour: StandinBehaviour
    private let address: LoopbackAddress

    init(options: StandinOptions, address: LoopbackAddress) throws {
        self.options = options
        self.address = address
        behaviour = try StandinBehaviour(options: options)
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter listening: Told the base URL as soon as requests are taken.
    /// - Throws: When the address cannot be listened on.
    func run(listening: @Sendable (String) -> Void) async throws {
        let pool: some AsyncSocketPool = .make()
        try await pool.prepare()
        let socket = try Socket(domain: AF_INET, type: .stream)
        try socket.setValue(true, for: .localAddressReuse)
        try socket.bind(to: .inet(ip4: address.host, port: address.port))
        try socket.listen()
        let listener = try AsyncSocket(socket: socket, pool: pool)
        if case .ip4(let host, let port) = try socket.sockname() { listening("http://\(host):\(port)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            group.addTask { try await accept(on: listener) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func accept(on listener: AsyncSocket) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            while true {
                let socket = try await listener.accept()
                group.addTask {
                    await StandinConnection(
                        socket: socket, behaviour: behaviour, latency: .milliseconds(options.latency)
                    ).serve()
                }
            }
        }
    }
}
