// Entries to make lines of, and lines taken apart.

import Clock
import Cryptography
import JSON

@testable import Audit

enum Sample {
    static let salt = SecretBytes(Array("a salt that tests know, 32 bytes".utf8))
    static let token = "hvs.the-clients-own-token"
    static let time = Timestamp(rfc3339: "2026-11-21T10:00:00.123456789Z") ?? Timestamp(seconds: 0)

    static func subject(
        operation: String = "update", data: String = #"{"password":"hunter2","port":5432}"#,
        lane: Int = 0, change: (inout EntryRequest) -> Void = { _ in }
    ) -> AuditSubject {
        let id = UUID128("00000000-0000-4000-8000-000000000001") ?? UUID128()
        var request = EntryRequest(id: id, operation: operation, path: "secret/data/app")
        request.mount = EntryMount(
            point: "secret/", type: "kv", accessor: "kv_1234", kind: "secret",
            runningVersion: "0.1.0", isExternal: true)
        request.clientToken = SecretBytes(utf8: token)
        request.clientTokenAccessor = "the-accessor"
        request.namespaceID = "root"
        request.data = Array(data.utf8)
        request.remoteAddress = "10.0.0.7"
        request.remotePort = 50_000
        change(&request)
        var auth = EntryAuth()
        auth.clientToken = request.clientToken
        auth.accessor = "the-accessor"
        auth.displayName = "token-app"
        auth.policies = ["app", "default"]
        auth.tokenPolicies = ["app", "default"]
        auth.isAllowed = true
        auth.grantingPolicies = ["app", "default"]
        auth.policyNamespaceID = "root"
        auth.metadata = [(name: "zone", value: "b"), (name: "app", value: "shop")]
        auth.tokenType = "service"
        auth.tokenTTLSeconds = 3600
        auth.tokenIssuedAt = Timestamp(seconds: 1_795_000_000)
        return AuditSubject(lane: lane, request: request, auth: auth)
    }

    static func hash(_ text: String, salt: SecretBytes = salt) -> String {
        SaltedHash(salt: salt).text(of: text)
    }

    /// The line of a request as a device with this format writes it.
    static func requestLine(
        _ subject: AuditSubject = subject(), format: LineFormat = LineFormat(),
        error: EntryText? = nil
    ) -> String {
        let lines = LineBuffer()
        LineFormatter(deviceID: 1, format: format, salt: salt)
            .appendRequest(subject, error: error, at: time, to: lines)
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    static func responseLine(
        _ response: EntryResponse, to subject: AuditSubject = subject(),
        format: LineFormat = LineFormat(), error: EntryText? = nil
    ) -> String {
        let lines = LineBuffer()
        LineFormatter(deviceID: 1, format: format, salt: salt)
            .appendResponse(response, to: subject, error: error, at: time, to: lines)
        return String(decoding: lines.bytes, as: UTF8.self)
    }

    static func parse(_ line: String) throws -> JSONValue { try JSONValue(parsing: line) }
}
