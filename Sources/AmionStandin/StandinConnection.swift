import FlyingSocks
import Foundation
import Glibc

/// One client's connection: a request, its answer, and again.
struct StandinConnection {
    /// The longest head of a request, in bytes.
    private static let maxHeadBytes = 16 * 1024

    let socket: AsyncSocket
    let behaviour: StandinBehaviour
    /// Before each answer.
    let latency: Duration

    /// Serves until either side ends the connection.
    func serve() async {
        do {
            var unread = Data()
            while let head = try await readHead(&unread) {
                guard let request = StandinRequest(head: head) else {
                    try await play(WireAnswer(status: 400).steps)
                    break
                }
                let answer = await behaviour.answer(request)
                if !request.path.hasPrefix("/standin/") { try await Task.sleep(for: latency) }
                guard try await play(answer.steps) else { break }
            }
        } catch {
            // The client has gone or the server is stopped: either way there is nobody to tell.
        }
        try? socket.close()
    }

    /// The bytes up to the empty line; `nil` when the client has gone or sends too much.
    private func readHead(_ unread: inout Data) async throws -> String? {
        let end = Data("\r\n\r\n".utf8)
        while true {
            if let range = unread.range(of: end) {
                let head = String(decoding: unread[..<range.upperBound], as: UTF8.self)
                unread = Data(unread[range.upperBound...])
                return head
            }
            guard unread.count < Self.maxHeadBytes else { return nil }
            unread.append(contentsOf: try await socket.read(atMost: 4096))
        }
    }

    /// Does one step after the other; `false` when the connection is to end.
    @discardableResult
    private func play(_ steps: [WireAnswer.Step]) async throws -> Bool {
        for step in steps {
            switch step {
            case .send(let bytes):
                try await socket.write(bytes)
            case .trickle(var rest, let pieceSize, let pause):
                while !rest.isEmpty {
                    try await Task.sleep(for: pause)
                    try await socket.write(Data(rest.prefix(pieceSize)))
                    rest = rest.dropFirst(pieceSize)
                }
            case .hang:
                while true { _ = try await socket.read(atMost: 4096) }
            case .close:
                return false
            case .reset:
                try await waitUntilTaken()
                try socket.socket.setValue(true, for: AbortOnClose())
                return false
            }
        }
        return true
    }

    /// A reset throws away what the client's system has not acknowledged yet.
    private func waitUntilTaken() async throws {
        while try socket.socket.unsentBytes() > 0 { try await Task.sleep(for: .milliseconds(1)) }
    }
}

/// `SO_LINGER` with no time: closing sends a reset.
private struct AbortOnClose: SocketOption {
    let name = SO_LINGER

    func makeValue(from socketValue: linger) -> Bool { socketValue.l_onoff != 0 && socketValue.l_linger == 0 }
    func makeSocketValue(from value: Bool) -> linger { linger(l_onoff: value ? 1 : 0, l_linger: 0) }
}

extension Socket {
    /// How many sent bytes the other side has not acknowledged.
    fileprivate func unsentBytes() throws -> Int32 {
        var count: Int32 = 0
        guard unsafe ioctl(file.rawValue, UInt(TIOCOUTQ), &count) == 0 else { throw SocketError.disconnected }
        return count
    }
}
