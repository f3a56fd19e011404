package import Dispatch

/// Runs an actor's jobs one at a time on a thread outside Swift's cooperative pool.
///
/// An actor that owns a C handle or a socket has one of these as its executor: its calls may block (libpq) or must be
/// serial with Dispatch sources (Redis sockets), and Swift's pool, one thread a core, must never be blocked.
///
/// - Important: One executor serves one actor. Dispatch runs about 255 threads at most, so keep pools small.
package final class DispatchExecutor: SerialExecutor {
    /// The serial Dispatch queue behind the executor, for sources and timers that share the actor's isolation.
    // A plain serial queue: `DispatchSerialQueue`, which is a `SerialExecutor` by itself, exists on Apple's systems only.
    package let dispatchQueue: DispatchQueue

    /// Makes an executor whose thread shows up under `label` in a debugger.
    package init(label: String) {
        dispatchQueue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        dispatchQueue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Traps unless the caller runs on this executor; `assumeIsolated` asks it.
    package func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(dispatchQueue))
    }
}
