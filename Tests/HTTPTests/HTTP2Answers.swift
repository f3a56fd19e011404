/// The least of an HTTP/2 server (RFC 9113): it answers each request on a connection with status 200 and a text.
enum HTTP2Answers {
    private enum FrameType { static let data: UInt8 = 0, headers: UInt8 = 1, settings: UInt8 = 4 }
    private enum Flag { static let ack: UInt8 = 1, endStream: UInt8 = 1, endHeaders: UInt8 = 4 }

    /// `:status: 200` of HPACK's static table.
    private static let status200: [UInt8] = [0x88]

    /// Serves a client whose preface has been read up to its first empty line, until it leaves.
    static func serve(_ connection: ScriptedServer.Connection, body: [UInt8]) {
        guard connection.receive(6) == Array("SM\r\n\r\n".utf8) else { return }
        connection.send(frame(FrameType.settings, flags: 0, stream: 0, []))
        while let head = connection.receive(9) {
            let length = head[..<3].reduce(0) { $0 << 8 | Int($1) }
            guard connection.receive(length) != nil else { return }
            let stream = head[5...].reduce(0) { $0 << 8 | UInt32($1) }
            switch (head[3], head[4]) {
            case (FrameType.settings, 0):
                connection.send(frame(FrameType.settings, flags: Flag.ack, stream: 0, []))
            case (FrameType.headers, _):
                connection.send(
                    frame(FrameType.headers, flags: Flag.endHeaders, stream: stream, status200)
                        + frame(FrameType.data, flags: Flag.endStream, stream: stream, body))
            default: break
            }
        }
    }

    private static func frame(_ type: UInt8, flags: UInt8, stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        let length = UInt32(payload.count)
        return [UInt8(length >> 16 & 0xFF), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF), type, flags]
            + withUnsafeBytes(of: stream.bigEndian) { Array($0) } + payload
    }
}
