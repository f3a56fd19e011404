internal import CLibCurl

/// The multi handle with its connections, the cookies, and the transfers in flight.
///
/// Not `Sendable`: it is made, used and dropped on its loop's thread, so nothing here locks.
final class TransferEngine {
    private struct Waiting {
        let id: UInt64
        let request: TransferRequest
        let stream: AnswerStream
    }

    /// libcurl's own timers end a sleep earlier.
    private static let longestSleep = Duration.seconds(60)

    private let multi: UnsafeMutableRawPointer
    private let share: UnsafeMutableRawPointer
    private let maxPerHost: Int
    private var running: [UInt64: Transfer] = [:]
    private var waiting: [Waiting] = []

    /// Makes an engine; `nil` when libcurl cannot allocate one.
    ///
    /// - Parameter maxConnectionsPerHost: The most transfers in flight to one origin; more wait their turn.
    init?(maxConnectionsPerHost: Int) {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK, let multi = curl_multi_init() else { return nil }
        guard let share = curl_share_init() else {
            curl_multi_cleanup(multi)
            return nil
        }
        self.multi = multi
        self.share = share
        maxPerHost = max(1, maxConnectionsPerHost)
        // Only this thread touches the shared cookies, so the handle needs no lock functions.
        guard shim_curl_share_data(share, CURL_LOCK_DATA_COOKIE) == CURLSHE_OK,
            shim_curl_multi_setopt_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, maxPerHost) == CURLM_OK
        else { return nil }
    }

    deinit {
        endAll { HTTPError(.cancelled, url: $0, message: "the client was closed") }
        curl_multi_cleanup(multi)
        curl_share_cleanup(share)
        curl_global_cleanup()  // counted: undoes the `curl_global_init` of this engine
    }

    /// Lets other threads end ``wait()``; valid for as long as the engine lives.
    var waker: LoopWaker { LoopWaker(multi: multi) }

    /// Begins a transfer, or queues it while its origin has no free place.
    ///
    /// - Parameters:
    ///   - request: What to ask for.
    ///   - id: What ``cancel(_:)`` and ``resume(_:)`` call it.
    ///   - stream: Gets the answer and, in every case, its end.
    func start(_ request: TransferRequest, id: UInt64, stream: AnswerStream) {
        waiting.append(Waiting(id: id, request: request, stream: stream))
        startWaiting()
    }

    /// Stops a transfer at once; one that has ended already is left alone.
    func cancel(_ id: UInt64) {
        let entry: (url: RequestURL, stream: AnswerStream)
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            let taken = waiting.remove(at: index)
            entry = (taken.request.url, taken.stream)
        } else if let taken = remove(id) {
            entry = (taken.request.url, taken.stream)
        } else {
            return
        }
        entry.stream.finish(
            .failure(HTTPError(.cancelled, url: entry.url.redacted, message: "the task was cancelled")))
        startWaiting()
    }

    /// Lets a transfer go on whose reader has caught up.
    func resume(_ id: UInt64) { running[id]?.resume(at: ContinuousClock.now) }

    /// Ends every transfer with an error made from its redacted URL.
    func endAll(_ error: (String) -> HTTPError) {
        for entry in waiting { entry.stream.finish(.failure(error(entry.request.url.redacted))) }
        waiting = []
        for id in Array(running.keys) {
            guard let entry = remove(id) else { continue }
            entry.stream.finish(.failure(error(entry.request.url.redacted)))
        }
    }

    /// Moves bytes and ends what has finished or is overdue; `false` when libcurl's multi handle is beyond use.
    func step() -> Bool {
        var stillRunning: Int32 = 0
        guard curl_multi_perform(multi, &stillRunning) == CURLM_OK else { return false }
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let easy = message.pointee.easy_handle
            let result = message.pointee.data.result  // copied: the message dies with the handle's removal
            guard let id = running.first(where: { $0.value.easy.pointer == easy })?.key, let entry = remove(id)
            else { continue }
            entry.stream.finish(entry.outcome(result))
        }
        let now = ContinuousClock.now
        for (id, transfer) in running {
            if let error = transfer.overdue(at: now) {
                remove(id)?.stream.finish(.failure(error))
            } else {
                transfer.pauseIfFull()
            }
        }
        startWaiting()
        return true
    }

    /// Sleeps until a socket is ready, a time limit is due, or the waker is used; `false` as in ``step()``.
    func wait() -> Bool {
        let next = running.values.compactMap(\.deadline).min().map { $0 - ContinuousClock.now }
        let limit = min(next.map { max(.zero, $0) } ?? Self.longestSleep, Self.longestSleep)
        return curl_multi_poll(multi, nil, 0, Int32(limit.wholeMilliseconds), nil) == CURLM_OK
    }

    private func startWaiting() {
        var places: [String: Int] = [:]
        for entry in running.values { places[entry.request.url.origin, default: 0] += 1 }
        var blocked: [Waiting] = []
        for entry in waiting {
            let origin = entry.request.url.origin
            if places[origin, default: 0] >= maxPerHost {
                blocked.append(entry)
            } else if begin(entry) {
                places[origin, default: 0] += 1
            }
        }
        waiting = blocked
    }

    private func begin(_ entry: Waiting) -> Bool {
        do throws(HTTPError) {
            let transfer = try Transfer(entry.request, to: entry.stream, at: ContinuousClock.now)
            try transfer.prepare(sharing: share)
            guard curl_multi_add_handle(multi, transfer.easy.pointer) == CURLM_OK else {
                throw HTTPError(
                    .protocolError, url: entry.request.url.redacted, message: "libcurl could not take the request")
            }
            running[entry.id] = transfer
            return true
        } catch {
            entry.stream.finish(.failure(error))
            return false
        }
    }

    private func remove(_ id: UInt64) -> Transfer? {
        guard let entry = running.removeValue(forKey: id) else { return nil }
        curl_multi_remove_handle(multi, entry.easy.pointer)
        return entry
    }
}

/// Ends a sleep in `curl_multi_poll` from another thread.
///
/// `@unchecked`: `curl_multi_wakeup` is the one function of a multi handle that libcurl lets any thread call, and it is
/// the only one called here; ``TransferLoop`` forgets the waker, under the lock that guards its use, before the multi
/// handle goes away.
struct LoopWaker: @unchecked Sendable {
    fileprivate let multi: UnsafeMutableRawPointer

    func wake() { curl_multi_wakeup(multi) }
}
