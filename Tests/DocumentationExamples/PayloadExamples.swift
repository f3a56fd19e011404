import TaskQueue

// example: payload-type
struct SendMail: TaskPayload {
    static let taskType = "mail:send"
    static let schemaVersion = 2

    var recipients: [String]
    var subject: String

    /// Version 1 had one recipient.
    static func upcast(_ payload: inout PayloadValue, from version: Int) throws {
        guard let address = payload["to"] else { throw InvalidPayload("to", "is missing") }
        payload["to"] = nil
        payload["recipients"] = .array([address])
    }
}
// end

/// The examples of the articles on typed payloads and on results.
enum PayloadExamples {
    static func enqueue(client: TaskClient) async throws {
        // example: payload-enqueue
        try await client.enqueue(SendMail(recipients: ["ada@example.com"], subject: "Welcome"))
        // end
    }

    static func handle(mux: ServeMux, send: @escaping @Sendable (SendMail) async throws -> Void) {
        // example: payload-handler
        mux.handle(SendMail.self) { mail, context in
            try await send(mail)
        }
        // end
    }

    static func sum(
        mux: ServeMux, client: TaskClient, whenReady: @Sendable () async throws -> Void
    ) async throws -> Int {
        // example: result-handler
        struct Sum: TaskPayload {
            static let taskType = "sum"
            var numbers: [Int]
        }

        mux.handle(Sum.self, returning: Int.self) { sum, context in
            sum.numbers.reduce(0, +)
        }
        // end
        try await whenReady()
        // example: result-wait
        let total = try await client.enqueueAndWait(
            Sum(numbers: [1, 2, 3]), within: .seconds(10), returning: Int.self)
        // end
        return total
    }

    static func rawResult(client: TaskClient, id: String) async throws {
        // example: result-of-a-task
        do {
            let bytes = try await client.result(of: id, in: "reports", within: .seconds(60))
            print("\(bytes?.count ?? 0) bytes")
        } catch let error as TaskResultError where error.code == .timedOut {
            print("it goes on, and may be waited for again")
        } catch let error as TaskResultError where error.code == .archived {
            print("it failed for good: \(error.reason ?? "")")
        }
        // end
    }
}
