package import Redis

/// The scripts that a benchmark drives by itself, to learn what Redis alone could do.
package enum ScriptCatalog {
    /// The scripts on a task's way from its creation to its end.
    package static let taskPath: [LuaScript] = [
        BrokerScripts.create, BrokerScripts.enqueue, BrokerScripts.dequeue, BrokerScripts.done,
    ]
}
