// Engines are woken when they asked for it.

import Barrier
import Clock
import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Synchronization
import Testing

/// An engine that counts its wake-ups. `PUT <mount>/ask` with `seconds` asks for one.
private final class Sleeper: Sendable {
    struct State {
        var woken = 0
        var atOnce = 0
        var mostAtOnce = 0
        var failures = 0
        var next: UInt64 = 0
        var hold: AsyncStream<Void>?
    }

    let state = Mutex(State())

    var woken: Int { state.withLock { $0.woken } }

    var engine: FakeEngineType {
        FakeEngineType("sleeper") { request, _ in
            switch request.operation {
            case .wake: return await self.wake()
            case .update, .create:
                let body = try? JSONValue(parsing: request.data)
                let seconds = UInt64(body?["seconds"]?.intValue ?? 0)
                return .success(BackendAnswer(wakeSeconds: seconds))
            default: return .success(BackendAnswer())
            }
        }
    }

    private func wake() async -> BackendOutcome {
        let hold = state.withLock { state in
            state.woken += 1
            state.atOnce += 1
            state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
            return state.hold
        }
        if let hold { for await _ in hold {} }
        return state.withLock { state in
            state.atOnce -= 1
            if state.failures > 0 {
                state.failures -= 1
                return .failure(BackendFailure(.upstreamFailed, "not today"))
            }
            return .success(BackendAnswer(wakeSeconds: state.next))
        }
    }
}

@Suite struct WakeTests {
    private static func server(_ sleeper: Sleeper) async throws -> TestCore {
        let server = try await TestCore(
            [sleeper.engine], settings: LeaseServer.impatient)
        let answer = await server.call(.update, "sys/mounts/z", ["type": "sleeper"])
        #expect(answer.status == 204)
        return server
    }

    private static func wakes(_ server: TestCore) throws -> [String] {
        try server.storedKeys().filter { $0.contains("/wake/") }
    }

    @Test("an engine is woken after the time that its answer names, and not again")
    func once() async throws {
        let sleeper = Sleeper()
        let server = try await Self.server(sleeper)
        #expect(await server.call(.update, "z/ask", ["seconds": 1]).status == 204)
        #expect(try Self.wakes(server).count == 1)
        await eventually("it is woken") { sleeper.woken == 1 }
        try await eventually("the entry is gone") { try Self.wakes(server).isEmpty }
        #expect(sleeper.woken == 1)
    }

    @Test("the earliest of several wishes stays, and one entry of it is stored")
    func earliest() async throws {
        let server = try await Self.server(Sleeper())
        for seconds in [3_000, 2_000, 4_000] {
            _ = await server.call(.update, "z/ask", ["seconds": .int(seconds)])
        }
        let key = try #require(try Self.wakes(server).first)
        #expect(try Self.wakes(server).count == 1)
        let time = try #require(Int64(key.split(separator: "/").last?.prefix(16) ?? "", radix: 16))
        let now = Timestamp.now.seconds
        #expect((now + 1_900...now + 2_000).contains(time))
    }

    @Test("the answer to a wake-up names the next one")
    func again() async throws {
        let sleeper = Sleeper()
        sleeper.state.withLock { $0.next = 1 }
        let server = try await Self.server(sleeper)
        _ = await server.call(.update, "z/ask", ["seconds": 1])
        await eventually("it is woken again") { sleeper.woken >= 2 }
        #expect(sleeper.state.withLock { $0.mostAtOnce } == 1)
        try await server.core.seal()
    }

    @Test("a wake-up that fails is tried again")
    func failure() async throws {
        let sleeper = Sleeper()
        sleeper.state.withLock { $0.failures = 2 }
        let server = try await Self.server(sleeper)
        _ = await server.call(.update, "z/ask", ["seconds": 1])
        try await eventually("it went well") { try Self.wakes(server).isEmpty }
        #expect(sleeper.woken == 3)
    }

    @Test("a wish during a wake-up is not lost")
    func meanwhile() async throws {
        let sleeper = Sleeper()
        let hold = AsyncStream<Void>.makeStream()
        sleeper.state.withLock { $0.hold = hold.stream }
        let server = try await Self.server(sleeper)
        _ = await server.call(.update, "z/ask", ["seconds": 1])
        await eventually("it is being woken") { sleeper.woken == 1 }
        _ = await server.call(.update, "z/ask", ["seconds": 1_000])
        sleeper.state.withLock { $0.hold = nil }
        hold.continuation.finish()
        try await eventually("the next one is stored") {
            let key = try Self.wakes(server).first?.split(separator: "/").last?.prefix(16) ?? ""
            return (Int64(key, radix: 16) ?? 0) > Timestamp.now.seconds + 500
        }
    }

    @Test("what was due while the server was down is done once, after it")
    func restart() async throws {
        let sleeper = Sleeper()
        let server = try await Self.server(sleeper)
        sleeper.state.withLock { $0.failures = .max }
        _ = await server.call(.update, "z/ask", ["seconds": 1])
        await eventually("it is due") { sleeper.woken > 0 }
        try await server.core.seal()
        let other = Sleeper()
        let next = try await server.restarted([other.engine], settings: LeaseServer.impatient)
        await eventually("it is woken") { other.woken == 1 }
        try await eventually("the entry is gone") { try Self.wakes(next).isEmpty }
        #expect(other.woken == 1)
    }

    @Test("nothing is left of a mount that is disabled")
    func disabled() async throws {
        let server = try await Self.server(Sleeper())
        _ = await server.call(.update, "z/ask", ["seconds": 1_000])
        #expect(await server.call(.delete, "sys/mounts/z").status == 204)
        #expect(try Self.wakes(server).isEmpty)
    }

    @Test("no client can wake an engine")
    func client() async throws {
        let sleeper = Sleeper()
        let server = try await Self.server(sleeper)
        #expect(await server.call(.wake, "z/ask").status == 405)
        #expect(await server.call(.wake, "z/").status == 405)
        #expect(sleeper.woken == 0)
    }

    @Test("a mount gets passwords of its own namespace's policies")
    func passwords() async throws {
        let engine = FakeEngineType("maker") { request, mount in
            do throws(BackendFailure) {
                let text = try mount.storage.generatePassword(policy: request.path)
                return .success(
                    BackendAnswer(data: JSONValue.object(["password": .string(text)]).encoded()))
            } catch { return .failure(error) }
        }
        let server = try await TestCore([engine])
        _ = await server.call(.update, "sys/mounts/m", ["type": "maker"])
        _ = await server.call(.update, "sys/namespaces/team")
        _ = await server.call(.update, "sys/mounts/m", ["type": "maker"], namespace: "team")
        let policy = "length = 12\nrule \"charset\" { charset = \"xyz\" }"
        let written = await server.call(
            .update, "sys/policies/password/short", ["policy": .string(policy)])
        #expect(written.status == 204)
        let made = await server.call(.read, "m/short")
        let password = try #require(made.data?["password"]?.stringValue)
        #expect(password.count == 12)
        #expect(password.allSatisfy { "xyz".contains($0) })
        #expect(await server.call(.read, "m/none").status == 400)
        #expect(await server.call(.read, "m/short", namespace: "team").status == 400)
    }
}
