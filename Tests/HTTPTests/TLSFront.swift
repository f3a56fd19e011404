import Foundation
import Glibc

/// A TLS server on loopback that passes what it decrypts to another port, and back.
///
/// OpenSSL's command makes the certificate and Python's `ssl` module speaks TLS: both are there wherever the package's
/// scripts run.
struct TLSFront {
    /// The certificate of `localhost`, which nobody but its own file vouches for.
    let certificateFile: String
    let port: Int
    private let folder: URL
    private let process: Process

    /// Starts the server.
    ///
    /// - Parameters:
    ///   - upstream: Where decrypted bytes go.
    ///   - protocols: What it offers by ALPN, the best first.
    /// - Throws: When one of the two programs does not do its part.
    init(to upstream: Int, offering protocols: [String]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "tls-front-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let certificate = folder.appending(path: "certificate.pem").path
        let key = folder.appending(path: "key.pem").path
        let maker = try Self.launch(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost", "-addext",
                "subjectAltName=DNS:localhost",
            ], output: FileHandle.nullDevice)
        maker.waitUntilExit()
        guard maker.terminationStatus == 0 else { throw Failure.noCertificate }
        certificateFile = certificate
        let output = Pipe()
        process = try Self.launch(
            ["python3", "-c", Self.relay, certificate, key, "\(upstream)", protocols.joined(separator: ",")],
            output: output)
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw Failure.noServer }
            line += byte
        }
        guard let port = Int(String(decoding: line.dropLast(), as: UTF8.self)) else { throw Failure.noServer }
        self.port = port
    }

    /// Ends the server and removes its files.
    func stop() {
        // It may have been started by a thread that takes no signals, and then it would leave SIGTERM for ever unseen.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    private enum Failure: Error { case noCertificate, noServer }

    private static func launch(_ arguments: [String], output: Any) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private static let relay = """
        from socket import SHUT_RDWR, create_connection, create_server
        from ssl import PROTOCOL_TLS_SERVER, SSLContext
        from sys import argv
        from threading import Thread
        certificate, key, upstream, protocols = argv[1:]
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        context.set_alpn_protocols(protocols.split(","))
        listener = create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)

        def pump(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
            except OSError:
                pass
            for end in (source, target):
                try:
                    end.shutdown(SHUT_RDWR)
                except OSError:
                    pass

        def serve(client):
            try:
                client = context.wrap_socket(client, server_side=True)
                server = create_connection(("127.0.0.1", int(upstream)))
            except OSError:
                client.close()
                return
            Thread(target=pump, args=(client, server), daemon=True).start()
            pump(server, client)

        while True:
            Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
        """
}
