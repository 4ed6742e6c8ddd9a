// The shape of lines, and what of an entry is plain in them.

import Clock
import Cryptography
import JSON
import Testing

@testable import Audit

@Suite struct LineTests {
    private func keys(_ value: JSONValue?) -> [String] { value?.objectValue?.keys ?? [] }

    @Test("a request's line has Vault's members in Vault's order")
    func requestShape() throws {
        let line = Sample.requestLine()
        #expect(line.hasSuffix("}\n") && !line.dropLast().contains("\n"))
        let entry = try Sample.parse(line)
        #expect(keys(entry) == ["time", "type", "auth", "request"])
        #expect(entry["time"] == "2026-11-21T10:00:00.123456789Z")
        #expect(entry["type"] == "request")
        #expect(
            keys(entry["auth"]) == [
                "client_token", "accessor", "display_name", "policies", "token_policies",
                "policy_results", "metadata", "token_type", "token_ttl", "token_issue_time",
            ])
        #expect(
            keys(entry["request"]) == [
                "id", "operation", "mount_point", "mount_type", "mount_accessor",
                "mount_running_version", "mount_class", "mount_is_external_plugin",
                "client_token", "client_token_accessor", "namespace", "path", "data",
                "remote_address", "remote_port",
            ])
        let results = entry["auth"]?["policy_results"]
        #expect(keys(results) == ["allowed", "granting_policies"])
        #expect(results?["allowed"] == true)
        let granting = try #require(results?["granting_policies"]?.arrayValue)
        #expect(granting.map { $0["name"] } == ["app", "default"])
        #expect(keys(granting[0]) == ["name", "namespace_id", "type"])
        #expect(entry["auth"]?["metadata"] == ["app": "shop", "zone": "b"])
        #expect(entry["request"]?["namespace"] == ["id": "root"])
        #expect(entry["request"]?["data"]?["port"] == 5432)
    }

    @Test("tokens, accessors and data are digests under the device's salt")
    func digests() throws {
        let line = Sample.requestLine()
        for secret in [Sample.token, "the-accessor", "hunter2"] { #expect(!line.contains(secret)) }
        let entry = try Sample.parse(line)
        let token = JSONValue.string(Sample.hash(Sample.token))
        #expect(entry["auth"]?["client_token"] == token)
        #expect(entry["request"]?["client_token"] == token)
        #expect(entry["request"]?["data"]?["password"] == .string(Sample.hash("hunter2")))
        #expect(entry["request"]?["client_token_accessor"] == .string(Sample.hash("the-accessor")))
    }

    @Test("hmac_accessor=false shows accessors, and only them")
    func plainAccessors() throws {
        var format = LineFormat()
        format.hashesAccessors = false
        let line = Sample.requestLine(format: format)
        #expect(try Sample.parse(line)["auth"]?["accessor"] == "the-accessor")
        #expect(!line.contains(Sample.token) && !line.contains("hunter2"))
    }

    @Test("log_raw shows everything, on the device that has it and on no other")
    func raw() throws {
        var format = LineFormat()
        format.isRaw = true
        let subject = Sample.subject()
        let rawLines = LineBuffer()
        let hashedLines = LineBuffer()
        let rawFormatter = LineFormatter(deviceID: 1, format: format, salt: Sample.salt)
        let other = LineFormatter(deviceID: 2, format: LineFormat(), salt: Sample.salt)
        for _ in 0..<2 {
            rawFormatter.appendRequest(subject, error: nil, at: Sample.time, to: rawLines)
            other.appendRequest(subject, error: nil, at: Sample.time, to: hashedLines)
        }
        let raw = String(decoding: rawLines.bytes, as: UTF8.self)
        let hashed = String(decoding: hashedLines.bytes, as: UTF8.self)
        #expect(raw.contains(#""password":"hunter2""#) && raw.contains(Sample.token))
        #expect(!hashed.contains("hunter2") && !hashed.contains(Sample.token))
    }

    @Test("a response's line repeats the request and adds the answer")
    func responseShape() throws {
        var auth = EntryAuth()
        auth.clientToken = SecretBytes(utf8: "hvs.issued")
        auth.accessor = "issued-accessor"
        auth.tokenType = "service"
        var response = EntryResponse()
        response.auth = auth
        response.mount = EntryMount(
            point: "secret/", type: "kv", accessor: "kv_1234", kind: "secret")
        response.leaseID = "database/creds/app/xyz"
        response.data = Array(#"{"username":"u1","ttl":60}"#.utf8)
        response.warnings = [
            EntryText("a core's warning", isPlain: true), EntryText("hunter2", isPlain: false),
        ]
        response.wrap = EntryWrap(
            token: SecretBytes(utf8: "hvs.wrapping"), accessor: "wa", wrappedAccessor: "wb",
            ttlSeconds: 60, createdAt: Timestamp(seconds: 0), creationPath: "secret/data/app")
        let subject = Sample.subject()
        let request = try Sample.parse(Sample.requestLine(subject))
        let line = Sample.responseLine(response, to: subject)
        let entry = try Sample.parse(line)
        #expect(keys(entry) == ["time", "type", "auth", "request", "response"])
        #expect(entry["type"] == "response")
        #expect(entry["request"] == request["request"] && entry["auth"] == request["auth"])
        #expect(
            keys(entry["response"]) == [
                "auth", "mount_point", "mount_type", "mount_accessor", "mount_class", "secret",
                "data", "warnings", "wrap_info",
            ])
        #expect(entry["response"]?["secret"] == ["lease_id": "database/creds/app/xyz"])
        #expect(entry["response"]?["data"] == ["username": .string(Sample.hash("u1")), "ttl": 60])
        #expect(
            entry["response"]?["warnings"] == [
                "a core's warning", .string(Sample.hash("hunter2")),
            ])
        for secret in ["hvs.issued", "issued-accessor", "hvs.wrapping", "\"wa\"", "u1\""] {
            #expect(!line.contains(secret))
        }
    }

    @Test("a raw body is a digest, and so is data that is no JSON")
    func rawBody() throws {
        var response = EntryResponse()
        response.raw = EntryRawBody(
            status: 200, contentType: "application/x-pem", bytes: Array("-----BEGIN KEY".utf8))
        let data = try Sample.parse(Sample.responseLine(response))["response"]?["data"]
        #expect(keys(data) == ["http_content_type", "http_raw_body", "http_status_code"])
        #expect(data?["http_raw_body"] == .string(Sample.hash("-----BEGIN KEY")))
        #expect(data?["http_status_code"] == 200)

        let odd = Sample.subject(data: "not json: hunter2")
        #expect(
            try Sample.parse(Sample.requestLine(odd))["request"]?["data"]
                == .string(Sample.hash("not json: hunter2")))
    }

    @Test("the core's errors can be read; an engine's, which may repeat a payload, are digests")
    func errors() throws {
        let own = Sample.requestLine(error: EntryText("permission denied", isPlain: true))
        #expect(try Sample.parse(own)["error"] == "permission denied")
        let engines = EntryText("cannot convert \"hunter2\"", isPlain: false)
        let line = Sample.responseLine(EntryResponse(), error: engines)
        #expect(!line.contains("hunter2"))
        #expect(try Sample.parse(line)["error"] == .string(Sample.hash(engines.text)))
    }

    @Test("headers are written along as configured, several of one name together")
    func headers() throws {
        let subject = Sample.subject { request in
            request.headers = [
                EntryHeader(name: "x-forwarded-for", value: "10.1.1.1", isPlain: true),
                EntryHeader(name: "x-secret", value: "hunter2", isPlain: false),
                EntryHeader(name: "x-forwarded-for", value: "10.1.1.2", isPlain: true),
            ]
        }
        let headers = try Sample.parse(Sample.requestLine(subject))["request"]?["headers"]
        #expect(
            headers == [
                "x-forwarded-for": ["10.1.1.1", "10.1.1.2"],
                "x-secret": [.string(Sample.hash("hunter2"))],
            ])
    }

    @Test("an answer to a list is elided where the device wants it, other answers never")
    func elision() throws {
        var format = LineFormat()
        format.elidesLists = true
        var response = EntryResponse()
        response.data = Array(#"{"keys":["a","b"]}"#.utf8)
        let list = Sample.responseLine(
            response, to: Sample.subject(operation: "list"), format: format)
        #expect(try Sample.parse(list)["response"]?["data"] == ["keys": 2])
        let read = Sample.responseLine(
            response, to: Sample.subject(operation: "read"), format: format)
        #expect(
            try Sample.parse(read)["response"]?["data"]?["keys"]?.arrayValue?.count == 2)
    }

    @Test("a prefix stands before each line")
    func prefix() {
        var format = LineFormat()
        format.prefix = "@cee: "
        #expect(Sample.requestLine(format: format).hasPrefix("@cee: {\"time\":"))
    }

    @Test("texts of a client cannot break out of their line or their string")
    func injection() throws {
        let path = "secret/data/x\",\"type\":\"forged\n{}"
        let subject = Sample.subject { $0.path = path }
        let line = Sample.requestLine(subject)
        #expect(!line.dropLast().contains("\n"))
        let entry = try Sample.parse(line)
        #expect(entry["type"] == "request" && entry["request"]?["path"] == .string(path))
    }
}

@Suite struct JSONxTests {
    @Test("every kind of value has its element, and the root names the namespaces")
    func kinds() {
        let json = #"{"a<b":"x & \"y\"\n\u0001","n":-1.5,"t":true,"z":null,"l":[1,{"k":"v"}]}"#
        let xml = String(decoding: JSONx.encode(Array(json.utf8)), as: UTF8.self)
        #expect(
            xml
                == "<json:object xsi:schemaLocation=\"http://www.datapower.com/schemas/json jsonx.xsd\""
                + " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
                + " xmlns:json=\"http://www.ibm.com/xmlns/prod/2009/jsonx\">"
                + "<json:string name=\"a&lt;b\">x &amp; &#34;y&#34;&#10;\u{FFFD}</json:string>"
                + "<json:number name=\"n\">-1.5</json:number>"
                + "<json:boolean name=\"t\">true</json:boolean>"
                + "<json:null name=\"z\" />"
                + "<json:array name=\"l\"><json:number>1</json:number>"
                + "<json:object><json:string name=\"k\">v</json:string></json:object></json:array>"
                + "</json:object>")
    }

    @Test("a device with format jsonx writes the same entry, one line of XML")
    func line() {
        var format = LineFormat()
        format.syntax = .jsonx
        let line = Sample.requestLine(format: format)
        #expect(line.hasPrefix("<json:object ") && line.hasSuffix("</json:object>\n"))
        #expect(line.contains("<json:string name=\"type\">request</json:string>"))
        #expect(line.contains(Sample.hash("hunter2")) && !line.contains(">hunter2<"))
    }
}
