// The mounts of the process, shared by its connections.

import Synchronization
import Wire

package final class MountTable: Sendable {
    package typealias MakeEngine = @Sendable (MountConfiguration) throws -> Engine

    private struct Mounted {
        var generation: UInt32
        var engine: MountedEngine
        var reply: MountReply
    }

    private let makeEngine: MakeEngine
    /// Held while an engine is made, so that one generation gets one engine, whichever connections
    /// ask for it. Requests never wait for it.
    private let making = Mutex(())
    private let mounted = Mutex<[MountID: Mounted]>([:])
    /// Rises with every change, so that connections see it without taking the lock.
    private let version = Atomic<UInt>(1)

    package init(_ makeEngine: @escaping MakeEngine) {
        self.makeEngine = makeEngine
    }

    /// Idempotent by id and generation. A generation that cannot be made leaves the one before.
    func mount(_ spec: MountSpec) -> MountReply {
        making.withLock { _ in
            let known = mounted.withLock { $0[spec.id] }
            if let known, known.generation >= spec.generation { return known.reply }
            do {
                let engine = MountedEngine(try makeEngine(MountConfiguration(spec)))
                let reply = engine.declaration
                mounted.withLock {
                    $0[spec.id] = Mounted(
                        generation: spec.generation, engine: engine, reply: reply)
                }
                version.add(1, ordering: .releasing)
                return reply
            } catch {
                return MountReply(error: PluginError(reporting: error).failure)
            }
        }
    }

    func unmount(_ id: MountID) {
        mounted.withLock { $0[id] = nil }
        version.add(1, ordering: .releasing)
    }

    /// What one connection knows of the table; looked up without a lock while nothing changes.
    struct View {
        private var version: UInt = 0
        private var engines: [MountID: MountedEngine] = [:]

        mutating func engine(_ id: MountID, in table: MountTable) -> MountedEngine? {
            let current = table.version.load(ordering: .acquiring)
            if current != version {
                engines = table.mounted.withLock { $0.mapValues(\.engine) }
                version = current
            }
            return engines[id]
        }
    }
}

extension MountConfiguration {
    init(_ spec: MountSpec) {
        self.init(
            id: spec.id.description, options: spec.options,
            defaultLeaseTTLSeconds: spec.defaultLeaseTTLSeconds,
            maxLeaseTTLSeconds: spec.maxLeaseTTLSeconds)
    }
}
