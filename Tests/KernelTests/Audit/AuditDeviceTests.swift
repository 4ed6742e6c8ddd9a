// Enabling, listing and losing audit devices.

import Glibc
import JSON
import Kernel
import KernelTesting
import Paths
import Storage
import Testing

@Suite struct AuditDeviceTests {
    private let folder: AuditFolder

    init() throws { folder = try AuditFolder() }

    private func file(_ name: String = "audit.log") -> JSONValue {
        .object(["file_path": .string("\(folder.path)/\(name)")])
    }

    @Test("devices are listed as Vault lists them, and hash under salts of their own")
    func list() async throws {
        let server = try await TestCore()
        #expect(await server.call(.read, "sys/audit").data == [:])
        for (path, name) in [("file", "audit.log"), ("nested/one", "raw.log")] {
            let response = await server.call(
                .update, "sys/audit/\(path)",
                ["type": "file", "description": "where it goes", "options": file(name)])
            #expect(response.status == 204)
        }
        let listed = try #require(await server.call(.read, "sys/audit").data)
        #expect(listed.objectValue?.keys == ["file/", "nested/one/"])
        #expect(
            listed["file/"] == [
                "type": "file", "path": "file/", "description": "where it goes", "local": false,
                "options": file(),
            ])
        let input: JSONValue = ["input": "x"]
        let one = await server.call(.update, "sys/audit-hash/file", input).data?["hash"]
        let other = await server.call(.update, "sys/audit-hash/nested/one", input).data?["hash"]
        #expect(one != nil && other != nil && one != other)
        let unknown = await server.call(.update, "sys/audit-hash/none", input)
        #expect(unknown.errors == ["unknown audit backend \"none/\""])
        let empty = await server.call(.update, "sys/audit-hash/file", [:])
        #expect(empty.errors == ["the \"input\" parameter is empty"])
    }

    @Test("a path is used once, and not within another device's")
    func inUse() async throws {
        let server = try await TestCore()
        let body: JSONValue = ["type": "file", "options": ["file_path": "discard"]]
        #expect(await server.call(.update, "sys/audit/a/b", body).status == 204)
        for path in ["a/b", "a", "a/b/c"] {
            let response = await server.call(.update, "sys/audit/\(path)", body)
            #expect(response.status == 400 && response.errors == ["path already in use"])
        }
    }

    @Test(
        "a device that cannot be written to is not enabled",
        arguments: [
            ["file_path": "/nonexistent/audit.log"], ["file_path": "/tmp"],
            ["file_path": "/proc/self/cmdline"], [:],
        ] as [JSONValue])
    func refused(options: JSONValue) async throws {
        let server = try await TestCore()
        let response = await server.call(
            .update, "sys/audit/file", ["type": "file", "options": options])
        #expect(response.status == 400 && !response.errors.isEmpty)
        #expect(await server.call(.read, "sys/audit").data == [:])
        #expect(await server.call(.read, "sys/mounts").status == 200)
    }

    @Test("only sudo sees or changes devices and headers")
    func sudo() async throws {
        let server = try await TestCore()
        await server.policy(
            "almost",
            "path \"sys/*\" { capabilities = [\"create\", \"read\", \"update\", \"delete\"] }")
        let token = try await server.token(["almost"])
        let body: JSONValue = ["type": "file", "options": ["file_path": "discard"]]
        #expect(await server.call(.read, "sys/audit", token: token).status == 403)
        #expect(await server.call(.update, "sys/audit/x", body, token: token).status == 403)
        #expect(await server.call(.delete, "sys/audit/x", token: token).status == 403)
        let headers = "sys/config/auditing/request-headers"
        #expect(await server.call(.read, headers, token: token).status == 403)
        #expect(await server.call(.update, headers + "/x", token: token).status == 403)
    }

    @Test("devices, their salts and the headers are there again after sealing and unsealing")
    func survives() async throws {
        let server = try await TestCore()
        let body: JSONValue = ["type": "file", "options": file()]
        #expect(await server.call(.update, "sys/audit/file", body).status == 204)
        _ = await server.call(.update, "sys/config/auditing/request-headers/X-A", ["hmac": true])
        let input: JSONValue = ["input": "x"]
        let before = await server.call(.update, "sys/audit-hash/file", input).data
        try await server.core.seal()
        for share in server.shares { try await server.core.unseal(share: share) }
        let lines = try folder.entries().count
        let after = await server.call(.update, "sys/audit-hash/file", input).data
        #expect(before != nil && before == after)
        #expect(try folder.entries().count == lines + 2)
        let headers = await server.call(.read, "sys/config/auditing/request-headers").data
        #expect(headers?["headers"] == ["X-A": ["hmac": true]])
    }

    @Test("a server whose every device fails stays sealed; one device that works is enough")
    func unsealing() async throws {
        let server = try await TestCore()
        let body: JSONValue = ["type": "file", "options": file()]
        #expect(await server.call(.update, "sys/audit/file", body).status == 204)
        try await server.core.seal()
        unlink("\(folder.path)/audit.log")
        symlink("/tmp/elsewhere", "\(folder.path)/audit.log")
        let share = try #require(server.shares.first)
        await #expect(throws: BackendFailure.self) { try await server.core.unseal(share: share) }
        #expect(server.core.isSealed)
        unlink("\(folder.path)/audit.log")
        try await server.core.unseal(share: share)
        let discard: JSONValue = ["type": "file", "options": ["file_path": "discard"]]
        #expect(await server.call(.update, "sys/audit/second", discard).status == 204)
        try await server.core.seal()
        unlink("\(folder.path)/audit.log")
        symlink("/tmp/elsewhere", "\(folder.path)/audit.log")
        try await server.core.unseal(share: share)
        #expect(await server.call(.read, "sys/mounts").status == 200)
    }

    @Test("declared devices come and go with the configuration, and the API cannot touch them")
    func declared() async throws {
        let store = MemoryStore()
        var settings = CoreSettings()
        settings.audit.devices = [
            DeclaredAuditDevice(
                type: "file", path: "declared", options: ["file_path": "\(folder.path)/audit.log"])
        ]
        let server = try await TestCore(
            [], store: store, shares: 1, threshold: 1, settings: settings)
        let share = try #require(server.shares.first)
        try await server.core.unseal(share: share)
        let listed = try #require(await server.call(.read, "sys/audit").data)
        #expect(listed.objectValue?.keys == ["declared/"])
        #expect(try folder.entries().count == 2)
        #expect(await server.call(.delete, "sys/audit/declared").status == 400)
        let body: JSONValue = ["type": "file", "options": ["file_path": "discard"]]
        #expect(await server.call(.update, "sys/audit/declared", body).status == 400)
        #expect(await server.call(.update, "sys/audit/by-api", body).status == 204)
        try await server.core.seal()

        // The same store under another configuration.
        let again = server.restartedSealed(settings: CoreSettings())
        try await again.core.unseal(share: share)
        let left = try #require(await again.call(.read, "sys/audit").data)
        #expect(left.objectValue?.keys == ["by-api/"])
        try await again.core.seal()

        settings.audit.devices[0].path = "by-api"
        let conflict = server.restartedSealed(settings: settings)
        await #expect(throws: BackendFailure.self) { try await conflict.core.unseal(share: share) }
    }

    @Test(
        "what is wrong with a declared device is said at the start",
        arguments: [
            DeclaredAuditDevice(type: "kafka", path: "x"),
            DeclaredAuditDevice(type: "file", path: "x"),
            DeclaredAuditDevice(type: "file", path: "", options: ["file_path": "discard"]),
        ])
    func declaredWrongly(device: DeclaredAuditDevice) {
        #expect(throws: BackendFailure.self) { try AuditSettings(devices: [device]).check() }
        let good = DeclaredAuditDevice(type: "file", path: "y", options: ["file_path": "discard"])
        #expect(throws: BackendFailure.self) { try AuditSettings(devices: [good, good]).check() }
        #expect(throws: Never.self) { try AuditSettings(devices: [good]).check() }
    }
}
