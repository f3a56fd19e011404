internal import CLibCurl

/// The multi handle with its connections, the cookies, and the transfers in flight.
///
/// Not `Sendable`: it is made, used and dropped on its loop's thread, so nothing here locks.
final class TransferEngine {
    /// Where a transfer's outcome goes; called exactly once.
    typealias Completion = CheckedContinuation<Result<TransferAnswer, HTTPError>, Never>

    private struct Running {
        let transfer: Transfer
        let origin: String
        let completion: Completion
    }

    private struct Waiting {
        let id: UInt64
        let request: TransferRequest
        let completion: Completion
    }

    private let multi: UnsafeMutableRawPointer
    private let share: UnsafeMutableRawPointer
    private let maxPerHost: Int
    private var running: [UInt64: Running] = [:]
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
    func start(_ request: TransferRequest, id: UInt64, completion: Completion) {
        waiting.append(Waiting(id: id, request: request, completion: completion))
        startWaiting()
    }

    /// Stops a transfer at once; one that has ended already is left alone.
    func cancel(_ id: UInt64) {
        let entry: (url: RequestURL, completion: Completion)
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            let taken = waiting.remove(at: index)
            entry = (taken.request.url, taken.completion)
        } else if let taken = remove(id) {
            entry = (taken.transfer.request.url, taken.completion)
        } else {
            return
        }
        entry.completion.resume(
            returning: .failure(HTTPError(.cancelled, url: entry.url.redacted, message: "the task was cancelled")))
        startWaiting()
    }

    /// Ends every transfer with an error made from its redacted URL.
    func endAll(_ error: (String) -> HTTPError) {
        for entry in waiting {
            entry.completion.resume(returning: .failure(error(entry.request.url.redacted)))
        }
        waiting = []
        for id in Array(running.keys) {
            guard let entry = remove(id) else { continue }
            entry.completion.resume(returning: .failure(error(entry.transfer.request.url.redacted)))
        }
    }

    /// Moves bytes and hands out what has finished; `false` when libcurl's multi handle is beyond use.
    func step() -> Bool {
        var stillRunning: Int32 = 0
        guard curl_multi_perform(multi, &stillRunning) == CURLM_OK else { return false }
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let easy = message.pointee.easy_handle
            let result = message.pointee.data.result  // copied: the message dies with the handle's removal
            guard let id = running.first(where: { $0.value.transfer.easy.pointer == easy })?.key,
                let entry = remove(id)
            else { continue }
            entry.completion.resume(returning: entry.transfer.outcome(result))
        }
        startWaiting()
        return true
    }

    /// Sleeps until a socket is ready, libcurl has a timer due, or the waker is used; `false` as in ``step()``.
    func wait() -> Bool {
        curl_multi_poll(multi, nil, 0, 60_000, nil) == CURLM_OK
    }

    private func startWaiting() {
        var places: [String: Int] = [:]
        for entry in running.values { places[entry.origin, default: 0] += 1 }
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
            let transfer = try Transfer(entry.request)
            try transfer.prepare(sharing: share)
            guard curl_multi_add_handle(multi, transfer.easy.pointer) == CURLM_OK else {
                throw HTTPError(
                    .protocolError, url: entry.request.url.redacted, message: "libcurl could not take the request")
            }
            running[entry.id] = Running(
                transfer: transfer, origin: entry.request.url.origin, completion: entry.completion)
            return true
        } catch {
            entry.completion.resume(returning: .failure(error))
            return false
        }
    }

    private func remove(_ id: UInt64) -> Running? {
        guard let entry = running.removeValue(forKey: id) else { return nil }
        curl_multi_remove_handle(multi, entry.transfer.easy.pointer)
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
