// An engine whose paths do what the runtime has to cope with.

import Glibc
import JSON
import Paths
import PluginSDK
import Synchronization

struct SomeOtherError: Error {
    let secret = "hunter2"
}

/// Counts how often handlers ran, and what the engine was told.
final class Witness: Sendable {
    let runs = Atomic(0)
    let invalidated = Mutex<[String]>([])

    private let gate = Gate()

    /// Blocks the thread until somebody opens the gate for one.
    func waitAtGate() { gate.wait() }
    func openGate() { gate.open() }

    func ran() { runs.add(1, ordering: .relaxed) }
    var count: Int { runs.load(ordering: .relaxed) }
}

/// A pipe: who reads waits for a byte.
private final class Gate: Sendable {
    private let ends: [Int32]

    init() {
        var ends: [Int32] = [0, 0]
        _ = pipe(&ends)
        self.ends = ends
    }

    deinit { for end in ends { close(end) } }

    func wait() {
        var byte: UInt8 = 0
        while read(ends[0], &byte, 1) != 1 {}
    }

    func open() {
        var byte: UInt8 = 1
        _ = write(ends[1], &byte, 1)
    }
}

func testEngine(_ witness: Witness = Witness()) -> Engine {
    Engine(
        paths: [
            Path("plain", .read, help: "Answers.") { _ in .answer(.data(["a": 1])) },
            Path(
                "none", [.read: { _ in .answer(.none) }, .update: { _ in .answer(.none) }],
                help: "Answers nothing."),
            Path(
                "counter/:name", [.read: readCounter, .update: { try addOne($0, witness) }],
                fields: [.integer("by", default: 1, "How many to add.")],
                reads: ["counter/{name}"], existence: "counter/{name}", help: "Counts."),
            Path("fail/:how", .update, help: "Fails.", handler: fail),
            Path("big", .read, fields: [], help: "Too much.") { _ in
                .answer(.json([UInt8](repeating: 0x20, count: 200_000)))
            },
            Path("bigput", .update, help: "Too much.") { _ in
                var batch = WriteBatch()
                batch.put("big", [UInt8](repeating: 0x20, count: 200_000))
                return .answer(.none, writing: batch)
            },
            Path("steps", .update, help: "Writes twice.", handler: steps),
            Path("names", .list, help: "Lists.", handler: list),
            Path("work", .read, help: "Takes as long as the witness says.") { _ in
                .work {
                    witness.waitAtGate()
                    return .read(["counter/a"]) { entries in
                        .answer(.data(["value": .int(entries["counter/a"]?.first ?? 0)]))
                    }
                }
            },
            Path("wait", .read, help: "Waits until the witness says so.") { _ in
                .wait {
                    witness.ran()
                    witness.waitAtGate()
                    return .answer(.none)
                }
            },
            Path("database", .read, help: "Has a database plugin do something.") { _ in
                .wait {
                    let call = DatabasePluginCall(
                        plugin: "other", version: "v1", timeoutSeconds: 3)
                    let reply = try call.perform(.type, ["connection": "c"])
                    return .answer(
                        .data(["type": reply.data["type"] ?? .null, "by": .string(reply.version)]))
                }
            },
            Path("database-at-work", .read, help: "Asks where nobody may wait.") { _ in
                .work {
                    let call = DatabasePluginCall(plugin: "other", version: "", timeoutSeconds: 3)
                    _ = try call.perform(.type, [:])
                    return .answer(.none)
                }
            },
            Path("hardwork", .read, help: "Fails elsewhere.") { _ in
                .work { throw PluginError(.permissionDenied, "not there") }
            },
            Path("forever", .read, help: "Never ends.") { _ in endless() },
            Path("echo", .update, fields: [.string("known", "Known.")], help: "Says what it got.") {
                .answer(.data(["known": .string(try $0.fields().string("known") ?? "")]))
            },
        ],
        unauthenticated: ["plain"], sudo: ["fail/*"],
        initialize: { _ in
            .read(["initialised"]) { entries in
                var batch = WriteBatch()
                batch.put("initialised", (entries["initialised"] ?? []) + [1])
                return .answer(.none, writing: batch)
            }
        },
        invalidate: { key in witness.invalidated.withLock { $0.append(key) } })
}

private let readCounter: Handler = { request in
    let key = "counter/\(request.captures["name"] ?? "")"
    return .read([key]) { entries in
        guard let value = entries[key] else { return .answer(.none) }
        return .answer(.data(["value": JSONValue(integerLiteral: Int(value.first ?? 0))]))
    }
}

private func addOne(_ request: Request, _ witness: Witness) throws -> Outcome {
    witness.ran()
    let key = "counter/\(request.captures["name"] ?? "")"
    let by = UInt8(clamping: try request.fields().integer("by") ?? 1)
    return .read([key]) { entries in
        let value = (entries[key]?.first ?? 0) &+ by
        var batch = WriteBatch()
        batch.put(key, [value])
        return .answer(.data(["value": JSONValue(integerLiteral: Int(value))]), writing: batch)
    }
}

private let fail: Handler = { request in
    switch request.captures["how"] ?? "" {
    case "denied": throw PluginError(.permissionDenied, "not you")
    case "late":
        return .read(["x"]) { _ in throw PluginError(.preconditionFailed, "cas") }
    default: throw SomeOtherError()
    }
}

/// Reads two entries, writes one of them at once, and both in the end, having read them again.
private let steps: Handler = { _ in
    .read(["first", "second"]) { entries in
        var batch = WriteBatch()
        batch.put("first", [1])
        return .commit(batch) {
            .read(["first", "second", "third"]) { entries in
                guard entries["first"] == [1] else {
                    throw PluginError(.internalError, "own write is not seen")
                }
                var batch = WriteBatch()
                batch.put("first", [2])
                batch.put("second", [2])
                return .answer(.none, writing: batch)
            }
        }
    }
}

private let list: Handler = { _ in
    .list(prefix: "counter/", after: nil, limit: 2) { page in
        .answer(
            .data(["keys": .array(page.names.map { .string($0) }), "more": .bool(page.more)]))
    }
}

private func endless() -> Outcome {
    .read([]) { _ in endless() }
}
