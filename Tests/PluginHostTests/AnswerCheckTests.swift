import Kernel
import Testing
import Wire

@testable import PluginHost

@Suite struct AnswerCheckTests {
    private let secret = AnswerCheck(kind: .secret)
    private let auth = AnswerCheck(kind: .auth)

    private func answer(_ check: AnswerCheck, _ response: EngineResponse) throws -> BackendAnswer {
        guard case .success(let answer) = try check.outcome(response) else {
            throw AnswerFault(problem: "a failure")
        }
        return answer
    }

    @Test("data goes through byte for byte")
    func dataIsKept() throws {
        let bytes = Array(#"{ "a" : 1.50, "b":[ ] }"#.utf8)
        #expect(try answer(secret, EngineResponse(data: bytes)).data == bytes)
        #expect(try answer(secret, EngineResponse()).data == nil)
    }

    @Test(
        "data that is not one JSON object never reaches a client",
        arguments: [
            "{", "[]", "1", "null", "{} {}", #"{"a":1,"a":2}"#, "{\"a\":\u{1}}", "\u{FEFF}{}",
        ])
    func badData(_ text: String) {
        #expect(throws: AnswerFault.self) {
            try secret.outcome(EngineResponse(data: Array(text.utf8)))
        }
    }

    @Test("a list may be as long as one answer of an engine can be, and no longer")
    func longLists() throws {
        func list(_ count: Int) -> [UInt8] {
            Array(
                #"{"keys":[\#(Array(repeating: "1", count: count).joined(separator: ","))]}"#.utf8)
        }
        let longest = list(PluginHostLimits.answerMembers)
        #expect(try answer(secret, EngineResponse(data: longest)).data == longest)
        #expect(throws: AnswerFault.self) {
            try secret.outcome(EngineResponse(data: list(PluginHostLimits.answerMembers + 1)))
        }
    }

    @Test("JSON nested without end is refused")
    func deepData() {
        let deep =
            String(repeating: "{\"a\":", count: 5_000) + "1" + String(repeating: "}", count: 5_000)
        #expect(throws: AnswerFault.self) {
            try secret.outcome(EngineResponse(data: Array(deep.utf8)))
        }
    }

    @Test(
        "only statuses that end a response are allowed",
        arguments: [1, 99, 100, 101, 199, 205, 600, 65_536] as [UInt32])
    func badStatus(_ status: UInt32) {
        #expect(throws: AnswerFault.self) {
            try secret.outcome(EngineResponse(httpStatus: status))
        }
    }

    @Test("a client's own choice of a status comes through", arguments: [200, 207, 299, 418, 599])
    func statuses(_ status: UInt32) throws {
        #expect(try answer(secret, EngineResponse(httpStatus: status)).status == Int(status))
    }

    @Test("a secrets engine cannot log anybody in, and an auth method cannot grant leases")
    func grantsByKind() throws {
        let login = EngineResponse(auth: AuthGrant(policies: ["a"]))
        let lease = EngineResponse(lease: LeaseGrant(ttlSeconds: 60))
        #expect(throws: AnswerFault.self) { try secret.outcome(login) }
        #expect(throws: AnswerFault.self) { try auth.outcome(lease) }
        #expect(try answer(auth, login).auth?.policies == ["a"])
        #expect(try answer(secret, lease).lease?.ttlSeconds == 60)
    }

    @Test("no auth method can make a root token")
    func rootPolicy() {
        #expect(throws: AnswerFault.self) {
            try auth.outcome(EngineResponse(auth: AuthGrant(policies: ["default", "root"])))
        }
    }

    @Test("a failure that also grants something is neither")
    func failureWithGrant() {
        let failure = PluginFailure(.permissionDenied, "no")
        for response in [
            EngineResponse(failure: failure, auth: AuthGrant(policies: ["a"])),
            EngineResponse(failure: failure, raw: RawBody(contentType: "a/b", body: [])),
        ] {
            #expect(throws: AnswerFault.self) { try auth.outcome(response) }
        }
        #expect(throws: AnswerFault.self) {
            try secret.outcome(
                EngineResponse(failure: failure, lease: LeaseGrant(ttlSeconds: 1)))
        }
    }

    @Test("a lifetime that overflows a clock is refused")
    func hugeLifetime() {
        #expect(throws: AnswerFault.self) {
            try secret.outcome(EngineResponse(lease: LeaseGrant(ttlSeconds: .max)))
        }
        #expect(throws: AnswerFault.self) {
            try auth.outcome(
                EngineResponse(auth: AuthGrant(policies: [], periodSeconds: .max - 1)))
        }
    }

    @Test("headers are bounded, and a value cannot begin another header")
    func headers() throws {
        let kept = try answer(
            secret,
            EngineResponse(headers: [
                TextPair("Location", "/v1/x"), TextPair("X-Custom", "a=b"),
            ]))
        #expect(kept.headers.map(\.name) == ["location", "x-custom"])
        #expect(throws: AnswerFault.self) {
            try secret.outcome(
                EngineResponse(headers: Array(repeating: TextPair("x-custom", "a"), count: 65)))
        }
        #expect(throws: AnswerFault.self) {
            try secret.outcome(
                EngineResponse(headers: [TextPair("location", "/\r\nset-cookie: a=b")]))
        }
        #expect(throws: AnswerFault.self) {
            try secret.outcome(
                EngineResponse(raw: RawBody(contentType: "text/plain\r\nx: y", body: [])))
        }
    }

    @Test("failures keep their code, and an overlong message is cut")
    func failures() throws {
        for code in FailureCode.allCases {
            guard
                case .failure(let failure) = try secret.outcome(
                    EngineResponse(
                        failure: PluginFailure(code, String(repeating: "x", count: 100_000))))
            else {
                Issue.record("not a failure")
                return
            }
            #expect("\(failure.code)" == "\(code)")
            #expect(failure.message.utf8.count == PluginHostLimits.failureMessageBytes)
        }
    }
}
