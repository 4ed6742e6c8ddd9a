// Whole lines, byte by byte: collectors and people's scripts read them, so their spelling stays.

import Clock
import Cryptography
import JSON
import Testing

@testable import Audit

@Suite struct GoldenLineTests {
    private static let auth =
        "\"auth\":{\"client_token\":\"\(Sample.hash(Sample.token))\","
        + "\"accessor\":\"\(Sample.hash("the-accessor"))\",\"display_name\":\"token-app\","
        + "\"policies\":[\"app\",\"default\"],\"token_policies\":[\"app\",\"default\"],"
        + "\"policy_results\":{\"allowed\":true,\"granting_policies\":["
        + "{\"name\":\"app\",\"namespace_id\":\"root\",\"type\":\"acl\"},"
        + "{\"name\":\"default\",\"namespace_id\":\"root\",\"type\":\"acl\"}]},"
        + "\"metadata\":{\"app\":\"shop\",\"zone\":\"b\"},"
        + "\"token_type\":\"service\",\"token_ttl\":3600,"
        + "\"token_issue_time\":\"2026-11-18T11:06:40Z\"}"

    private static let mount =
        "\"mount_point\":\"secret/\",\"mount_type\":\"kv\",\"mount_accessor\":\"kv_1234\","
        + "\"mount_running_version\":\"0.1.0\",\"mount_class\":\"secret\","
        + "\"mount_is_external_plugin\":true"

    private static let request =
        "\"request\":{\"id\":\"00000000-0000-4000-8000-000000000001\",\"operation\":\"update\","
        + mount + ",\"client_token\":\"\(Sample.hash(Sample.token))\","
        + "\"client_token_accessor\":\"\(Sample.hash("the-accessor"))\","
        + "\"namespace\":{\"id\":\"root\"},\"path\":\"secret/data/app\","
        + "\"data\":{\"password\":\"\(Sample.hash("hunter2"))\",\"port\":5432},"
        + "\"remote_address\":\"10.0.0.7\",\"remote_port\":50000}"

    private static let time = "{\"time\":\"2026-11-21T10:00:00.123456789Z\","

    @Test("a request's line, byte by byte, also when its caller is known")
    func request() {
        let expected = Self.time + "\"type\":\"request\"," + Self.auth + "," + Self.request + "}\n"
        #expect(Sample.requestLine() == expected)
    }

    @Test("an answer's line, byte by byte")
    func response() {
        var response = EntryResponse()
        response.mount = EntryMount(
            point: "auth/ü\"/", type: "x", accessor: "x_1", kind: "auth")
        response.leaseID = "database/creds/app/xyz"
        response.data = Array(#"{ "a" : ["x", -1.5e3, null], "b": {"c": true} }"#.utf8)
        response.warnings = [
            EntryText("plain", isPlain: true), EntryText("hunter2", isPlain: false),
        ]
        response.headers = [
            EntryHeader(name: "x-a", value: "1\n", isPlain: true),
            EntryHeader(name: "x-b", value: "2", isPlain: false),
            EntryHeader(name: "x-a", value: "3", isPlain: true),
        ]
        response.wrap = EntryWrap(
            token: SecretBytes(utf8: "hvs.w"), accessor: "wa", wrappedAccessor: "wb",
            ttlSeconds: 60, createdAt: Sample.time, creationPath: "secret/data/app")
        let expected =
            Self.time + "\"type\":\"response\"," + Self.auth + "," + Self.request
            + ",\"response\":{\"mount_point\":\"auth/ü\\\"/\",\"mount_type\":\"x\","
            + "\"mount_accessor\":\"x_1\",\"mount_class\":\"auth\","
            + "\"secret\":{\"lease_id\":\"database/creds/app/xyz\"},"
            + "\"data\":{\"a\":[\"\(Sample.hash("x"))\",-1.5e3,null],\"b\":{\"c\":true}},"
            + "\"warnings\":[\"plain\",\"\(Sample.hash("hunter2"))\"],"
            + "\"wrap_info\":{\"ttl\":60,\"token\":\"\(Sample.hash("hvs.w"))\","
            + "\"accessor\":\"\(Sample.hash("wa"))\","
            + "\"creation_time\":\"2026-11-21T10:00:00.123456789Z\","
            + "\"creation_path\":\"secret/data/app\","
            + "\"wrapped_accessor\":\"\(Sample.hash("wb"))\"},"
            + "\"headers\":{\"x-a\":[\"1\\n\",\"3\"],\"x-b\":[\"\(Sample.hash("2"))\"]}},"
            + "\"error\":\"no\\tway\"}\n"
        let line = Sample.responseLine(response, error: EntryText("no\tway", isPlain: true))
        #expect(line == expected)
    }

    @Test("raw bodies and whole errors as digests, byte by byte")
    func rawBody() {
        var response = EntryResponse()
        response.raw = EntryRawBody(status: 200, contentType: "text/plain", bytes: [0x61, 0xFF])
        var formatted: [UInt8] = []
        let hash = SaltedHash(salt: Sample.salt)
        [UInt8]([0x61, 0xFF]).withUnsafeBytes { formatted = Array(hash.jsonString(of: $0)) }
        let body = String(decoding: formatted, as: UTF8.self)
        let line = Sample.responseLine(response, error: EntryText("odd", isPlain: false))
        let tail =
            ",\"response\":{\"data\":{\"http_content_type\":\"\(Sample.hash("text/plain"))\","
            + "\"http_raw_body\":\(body),\"http_status_code\":200}},"
            + "\"error\":\"\(Sample.hash("odd"))\"}\n"
        #expect(line.hasSuffix(tail))
    }

    @Test("log_raw writes bytes that are no text with replacement characters")
    func rawBytes() throws {
        var format = LineFormat()
        format.isRaw = true
        var response = EntryResponse()
        response.raw = EntryRawBody(status: 200, contentType: "t", bytes: [0x61, 0xFF, 0x22])
        let line = Sample.responseLine(response, format: format)
        #expect(line.contains("\"http_raw_body\":\"a\u{FFFD}\\\"\""))
    }
}
