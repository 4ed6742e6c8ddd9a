import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing
import Wire

@Suite("What an engine has from the core beside storage: wake-ups and passwords")
struct WakeTests {
    @Test("an answer may ask for a wake-up, and the wake-up's answer for the next one")
    func wake() throws {
        let engine = Engine(
            paths: [
                Path("ask", .update, help: "") { _ in
                    .answer(Answer.none.waking(afterSeconds: 60))
                }
            ],
            wake: { request in
                #expect(request.path.isEmpty)
                #expect(request.data.isEmpty)
                return .answer(Answer.none.waking(afterSeconds: 0))
            })
        let harness = EngineHarness(engine)
        #expect(try harness.call(.update, "ask").wakeSeconds == 60)
        // 0 would mean that there is no next time.
        #expect(try harness.call(.wake, "").wakeSeconds == 1)
    }

    @Test("an engine that does nothing by itself says so")
    func nothing() {
        let harness = EngineHarness(Engine(paths: []))
        #expect(throws: PluginError(.unsupportedOperation, "")) { try harness.call(.wake, "") }
    }

    @Test("a handler goes on with a password by a policy; an unknown policy ends it")
    func password() throws {
        let engine = Engine(
            paths: [
                Path("make/:policy", Operation.read, help: "") { request in
                    let policy = request.captures["policy"] ?? ""
                    return .password(policy: policy) { password in
                        .answer(.data(["password": .string(password)]))
                    }
                }
            ])
        let harness = EngineHarness(engine)
        harness.storage.passwords = { $0 == "known" ? "pass-of-\($0)" : nil }
        #expect(try harness.call(.read, "make/known").json == ["password": "pass-of-known"])
        #expect(throws: PluginError(.invalidRequest, "")) {
            try harness.call(.read, "make/unknown")
        }
    }

    @Test(
        "a handler goes on with templates filled in for its caller, or is told that there is none")
    func filled() throws {
        let engine = Engine(
            paths: [
                Path(
                    "fill", .update, fields: [.stringList("templates", default: [], "")], help: ""
                ) { request in
                    let templates = try request.fields().stringList("templates") ?? []
                    return .fill(templates) { texts in
                        .answer(
                            .data(["texts": .array(texts.map { $0.map { .string($0) } ?? .null })]))
                    }
                }
            ])
        let harness = EngineHarness(engine)
        harness.storage.identity = ["identity.entity.name": "alice"]
        let answer = try harness.call(
            .update, "fill",
            ["templates": ["a.{{identity.entity.name}}.b", "plain", "{{identity.entity.id}}"]])
        #expect(try answer.json["texts"] == ["a.alice.b", "plain", .null])
        #expect(throws: PluginError(.invalidRequest, "")) {
            try harness.call(.update, "fill", ["templates": ["{{other}}"]])
        }
        let request = EngineRequest(
            mount: MountID(high: 1, low: 1), operation: Operation.update.rawValue,
            path: Array("fill".utf8), data: Array(#"{"templates":["a","b"]}"#.utf8))
        let run = try HandlerRun(MountedEngine(engine), request, now: .now)
        guard case .call(.fill) = run.start(), case .answer(let short) = run.resume(.filled(["a"]))
        else {
            Issue.record("no templates were asked for, or too few are enough")
            return
        }
        #expect(short.failure?.code == .internalError)
    }

    @Test("a reply of another kind than a password ends the handler")
    func confused() throws {
        let engine = Engine(
            paths: [
                Path("make", .read, help: "") { _ in
                    .password(policy: "p") { _ in .answer(.none) }
                }
            ])
        let request = EngineRequest(
            mount: MountID(high: 1, low: 1), operation: Operation.read.rawValue,
            path: Array("make".utf8))
        let run = try HandlerRun(MountedEngine(engine), request, now: .now)
        guard case .call(.password(let policy)) = run.start() else {
            Issue.record("no password was asked for")
            return
        }
        #expect(policy == "p")
        guard case .answer(let response) = run.resume(.committed(revision: 1)) else {
            Issue.record("the handler goes on")
            return
        }
        #expect(response.failure?.code == .internalError)
    }
}
