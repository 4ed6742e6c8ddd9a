// What a running core records, and that no secret is in it.

import Cryptography
import JSON
import Kernel
import KernelTesting
import Paths
import Testing

@Suite struct AuditTests {
    private let folder: AuditFolder

    init() throws { folder = try AuditFolder() }

    private func enable(
        _ server: TestCore, _ path: String = "file", file: String = "audit.log",
        _ options: JSONObject = [:]
    ) async -> TestResponse {
        var options = options
        options["file_path"] = .string("\(folder.path)/\(file)")
        return await server.call(
            .update, "sys/audit/\(path)", ["type": "file", "options": .object(options)])
    }

    private func recorded(_ types: [FakeEngineType] = [.echo, .store]) async throws -> TestCore {
        let server = try await TestCore(types)
        #expect(await enable(server).status == 204)
        return server
    }

    private func hash(_ server: TestCore, _ text: String) async -> JSONValue? {
        await server.call(.update, "sys/audit-hash/file", ["input": .string(text)]).data?["hash"]
    }

    @Test("a request and its response are two lines with one id")
    func pair() async throws {
        let server = try await recorded()
        _ = await server.call(.update, "sys/mounts/store", ["type": "store"])
        _ = await server.call(.update, "store/app", ["value": "hunter2"])
        let last = Array(try folder.entries().suffix(2))
        #expect(last.map { $0["type"] } == ["request", "response"])
        #expect(last[0]["request"] == last[1]["request"])
        #expect(last[0]["request"]?["path"] == "store/app")
        #expect(last[0]["request"]?["operation"] == "update")
        #expect(last[0]["request"]?["mount_point"] == "store/")
        #expect(last[0]["auth"]?["policies"] == ["root"])
        #expect(
            last[0]["auth"]?["policy_results"] == [
                "allowed": true,
                "granting_policies": [["name": "root", "namespace_id": "root", "type": "acl"]],
            ])
        let expected = await hash(server, "hunter2")
        #expect(last[0]["request"]?["data"]?["value"] == expected)
        #expect(!folder.text().contains("hunter2"))
    }

    @Test("the policies that allowed a request are named with their namespace, and no others")
    func granting() async throws {
        let server = try await recorded()
        let made = await server.call(.update, "sys/namespaces/a")
        for (name, text) in [
            ("reads", #"path "sys/mounts" { capabilities = ["read"] }"#),
            ("lists", #"path "sys/mounts" { capabilities = ["list"] }"#),
        ] {
            _ = await server.call(
                .update, "sys/policies/acl/\(name)", ["policy": .string(text)], namespace: "a")
        }
        let token = try await server.call(
            .update, "auth/token/create", ["policies": ["reads", "lists"]], namespace: "a"
        ).requireToken()
        #expect(await server.call(.read, "sys/mounts", token: token, namespace: "a").status == 200)
        let id = try #require(made.data?["id"])
        for entry in try folder.entries().suffix(2) {
            #expect(
                entry["auth"]?["policy_results"]?["granting_policies"] == [
                    ["name": "reads", "namespace_id": id, "namespace_path": "a/", "type": "acl"]
                ])
        }
    }

    @Test("refused requests are recorded with why, whoever sent them")
    func refused() async throws {
        let server = try await recorded()
        let weak = try await server.token(["default"])
        for (token, error) in [
            (weak, "permission denied"), ("hvs.unknown", "invalid token"),
            ("", "permission denied"),
        ] {
            let response = await server.call(
                .update, "sys/mounts/x", ["type": "hunter2"], token: token)
            #expect(response.status == 403)
            let last = Array(try folder.entries().suffix(2))
            #expect(last.map { $0["type"] } == ["request", "response"])
            for entry in last {
                #expect(entry["error"]?.stringValue?.contains(error) == true)
                #expect(entry["auth"]?["policy_results"] == ["allowed": false])
            }
        }
        let text = folder.text()
        #expect(!text.contains(weak) && !text.contains("hvs.unknown") && !text.contains("hunter2"))
        #expect(await server.call(.read, "nowhere/x").status == 404)
        #expect(try folder.entries().last?["error"] != nil)
    }

    @Test("a token that is made is in the log as its digest only")
    func issued() async throws {
        let server = try await recorded()
        let token = try await server.token(["default"])
        let entry = try #require(try folder.entries().last)
        let expected = await hash(server, token)
        #expect(entry["response"]?["auth"]?["client_token"] == expected)
        #expect(!folder.text().contains(token) && !folder.text().contains(server.rootToken))
    }

    @Test("an engine's errors and warnings may repeat what it was given; the core's can be read")
    func strangers() async throws {
        let leaky = FakeEngineType("leaky") { request, _ in
            let body = String(decoding: request.data, as: UTF8.self)
            return request.path == "warn"
                ? .success(BackendAnswer(warnings: ["odd: \(body)"]))
                : .failure(BackendFailure(.invalidRequest, "cannot use \(body)"))
        }
        let server = try await recorded([leaky])
        _ = await server.call(.update, "sys/mounts/leaky", ["type": "leaky"])
        #expect(await server.call(.update, "leaky/fail", ["p": "hunter2"]).status == 400)
        #expect(await server.call(.update, "leaky/warn", ["p": "hunter2"]).status == 200)
        #expect(!folder.text().contains("hunter2"))
        let error = try #require(
            try folder.entries().first {
                $0["request"]?["path"] == "leaky/fail" && $0["type"] == "response"
            })
        #expect(error["error"]?.stringValue?.hasPrefix("hmac-sha256:") == true)
        _ = await server.call(.update, "sys/audit/other", ["type": "kafka"])
        #expect(try folder.entries().last?["error"] == "unknown backend type: \"kafka\"")
    }

    @Test("raw bodies are digests")
    func rawBodies() async throws {
        let raw = FakeEngineType("pem") { _, _ in
            .success(
                BackendAnswer(
                    raw: RawBody(contentType: "text/plain", bytes: Array("hunter2 key".utf8))))
        }
        let server = try await recorded([raw])
        _ = await server.call(.update, "sys/mounts/pem", ["type": "pem"])
        #expect(await server.call(.read, "pem/key").data == "hunter2 key")
        #expect(!folder.text().contains("hunter2"))
        let expected = await hash(server, "hunter2 key")
        let entry = try #require(
            try folder.entries().last { $0["request"]?["path"] == "pem/key" })
        #expect(entry["response"]?["data"]?["http_raw_body"] == expected)
    }

    @Test("wrapped answers show what was wrapped and the wrapping token, both as digests")
    func wrapped() async throws {
        let server = try await recorded()
        let request = ClientRequest(
            operation: .update, path: "sys/wrapping/wrap",
            token: SecretBytes(utf8: server.rootToken), data: Array(#"{"s":"hunter2"}"#.utf8),
            wrapTTLSeconds: 60)
        let response = await withCheckedContinuation { continuation in
            server.pipeline.handle(request) { continuation.resume(returning: $0) }
        }
        guard case .envelope(let envelope) = response.body,
            let token = envelope.wrapInfo?["token"]?.stringValue
        else {
            Issue.record("nothing was wrapped")
            return
        }
        let entry = try #require(try folder.entries().last)
        let (tokenHash, dataHash) = (await hash(server, token), await hash(server, "hunter2"))
        #expect(entry["response"]?["wrap_info"]?["token"] == tokenHash)
        #expect(entry["response"]?["data"]?["s"] == dataHash)
        #expect(entry["request"]?["wrap_ttl"] == 60)
        #expect(!folder.text().contains(token) && !folder.text().contains("hunter2"))
    }

    @Test("a mount's plain keys are plain in requests and in answers, each its own")
    func plainKeys() async throws {
        let server = try await recorded()
        _ = await server.call(
            .update, "sys/mounts/store",
            [
                "type": "store",
                "config": [
                    "audit_non_hmac_request_keys": ["public"],
                    "audit_non_hmac_response_keys": ["path"],
                ],
            ])
        _ = await server.call(.update, "store/a", ["public": "seen", "path": "unseen"])
        let data = try folder.entries().last { $0["type"] == "request" }?["request"]?["data"]
        #expect(data?["public"] == "seen")
        #expect(data?["path"]?.stringValue?.hasPrefix("hmac-sha256:") == true)
    }

    @Test("log_raw on one device changes nothing of another")
    func rawDevice() async throws {
        let server = try await recorded()
        #expect(await enable(server, "raw", file: "raw.log", ["log_raw": "true"]).status == 204)
        _ = await server.call(.update, "sys/policies/acl/p", ["policy": "path \"hunter2\" {}"])
        #expect(folder.text("raw.log").contains("hunter2"))
        #expect(folder.text("raw.log").contains(server.rootToken))
        #expect(!folder.text().contains("hunter2") && !folder.text().contains(server.rootToken))
    }

    @Test("configured headers are written along, and credentials never in plain")
    func headers() async throws {
        let server = try await recorded()
        let path = "sys/config/auditing/request-headers/"
        #expect(await server.call(.update, path + "X-Request-Source").status == 204)
        #expect(await server.call(.update, path + "X-Tag", ["hmac": true]).status == 204)
        #expect(await server.call(.update, path + "Authorization").status == 204)
        let listed = await server.call(.read, "sys/config/auditing/request-headers")
        #expect(
            listed.data?["headers"] == [
                "Authorization": ["hmac": false], "X-Request-Source": ["hmac": false],
                "X-Tag": ["hmac": true],
            ])
        #expect(
            await server.call(.read, path + "x-tag").data == ["X-Tag": ["hmac": true]])
        let request = ClientRequest(
            operation: .read, path: "sys/audit", token: SecretBytes(utf8: server.rootToken),
            headers: [
                ("x-request-source", "batch"), ("x-tag", "hunter2"), ("x-other", "unasked"),
                ("authorization", "Basic hunter3"),
            ])
        _ = await withCheckedContinuation { continuation in
            server.pipeline.handle(request) { continuation.resume(returning: $0) }
        }
        let written = try folder.entries().last?["request"]?["headers"]
        let tag = try #require(await hash(server, "hunter2"))
        #expect(written?["x-request-source"] == ["batch"] && written?["x-tag"] == [tag])
        #expect(written?["x-other"] == nil && written?["authorization"] != nil)
        #expect(!folder.text().contains("hunter3"))
        #expect(await server.call(.delete, path + "X-TAG").status == 204)
        let gone = await server.call(.read, path + "X-Tag")
        #expect(gone.status == 400 && gone.errors == ["Could not find header in config"])
        #expect(await server.call(.update, path + "bad name").status == 400)
    }

    @Test("without a device nothing is recorded and nothing waits")
    func disabled() async throws {
        let server = try await recorded()
        #expect(await server.call(.delete, "sys/audit/file").status == 204)
        let before = folder.text()
        #expect(await server.call(.read, "sys/mounts").status == 200)
        #expect(folder.text() == before)
        #expect(await server.call(.delete, "sys/audit/file").status == 204)
    }
}
