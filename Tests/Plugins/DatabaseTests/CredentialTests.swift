// Users and their leases, as far as it does not take a server.

import JSON
import Paths
import PluginSDK
import PluginTesting
import Synchronization
import Testing

@testable import Database

@Suite struct CredentialTests {
    @Test("a user is made, and its lease knows what ends it")
    func made() throws {
        let mount = try FakeMount()
        try mount.role("app", ["default_ttl": "10m", "max_ttl": "1h"])
        let answer = try mount.harness.call(.read, "creds/app")
        let user = try #require(try answer.json["username"]?.stringValue)
        let password = try #require(try answer.json["password"]?.stringValue)
        #expect(mount.database.users[user] == password)
        #expect(answer.lease?.ttlSeconds == 600)
        #expect(answer.lease?.maxTTLSeconds == 3_600)
        // Valid a little longer than the lease, which is what ends it.
        let expiration = mount.database.state.withLock { $0.expirations[user] }
        #expect(expiration == FakeMount.start.adding(seconds: 605))
        let kept = try #require(answer.lease?.internalData)
        #expect(!String(decoding: kept, as: UTF8.self).contains(password))
        try mount.harness.call(.revoke, "creds/app", keeping: kept)
        #expect(mount.database.users[user] == nil)
        try mount.harness.call(.revoke, "creds/app", keeping: kept)
    }

    @Test("the intent is there before the user, and its rollback ends the user")
    func intent() throws {
        let mount = try FakeMount()
        try mount.role()
        mount.database.state.withLock { $0.losesAnswers = true }
        #expect(throws: PluginError(.upstreamFailed, "")) {
            try mount.harness.call(.read, "creds/app")
        }
        mount.database.state.withLock { $0.losesAnswers = false }
        #expect(mount.database.users.count == 2)
        let intent = try #require(mount.harness.storage.intents.first)
        try mount.harness.call(.rollback, "creds/app", keeping: intent)
        #expect(mount.database.users.count == 1)
    }

    @Test("with a server that is not there, nothing is begun")
    func unreachable() throws {
        let mount = try FakeMount()
        try mount.role()
        mount.database.fail(.unreachable)
        #expect(throws: PluginError(.upstreamFailed, "")) {
            try mount.harness.call(.read, "creds/app")
        }
        #expect(mount.harness.storage.intents.isEmpty)
    }

    @Test("a revocation uses the role as it is, and as it was when it is gone")
    func statements() throws {
        let mount = try FakeMount()
        try mount.role("app", ["revocation_statements": "old way", "rollback_statements": "undo"])
        let lease = try #require(try mount.harness.call(.read, "creds/app").lease)
        try mount.role("app", ["revocation_statements": "new way"])
        try mount.harness.call(.revoke, "creds/app", keeping: lease.internalData)
        #expect(mount.database.steps.last == "drop new way")
        try mount.harness.call(.delete, "roles/app")
        try mount.harness.call(.revoke, "creds/app", keeping: lease.internalData)
        #expect(mount.database.steps.last == "drop old way")
        let intent = try #require(mount.harness.storage.intents.first)
        try mount.harness.call(.rollback, "creds/app", keeping: intent)
        #expect(mount.database.steps.last == "drop undo")
    }

    @Test("a user that cannot be dropped is shut out, and the error is that of the drop")
    func shutOut() throws {
        let mount = try FakeMount()
        try mount.role()
        let answer = try mount.harness.call(.read, "creds/app")
        let user = try #require(try answer.json["username"]?.stringValue)
        let kept = try #require(answer.lease?.internalData)
        mount.database.state.withLock { $0.refusesDrops = true }
        let error = #expect(throws: PluginError.self) {
            try mount.harness.call(.revoke, "creds/app", keeping: kept)
        }
        #expect(error?.code == .upstreamFailed)
        #expect(
            error?.message == "unable to delete user: it has something here; until it is dropped "
                + "it is shut out")
        #expect(mount.database.users[user] == "locked")
        // Who cannot be reached is not asked for more.
        mount.database.state.withLock { $0.refusesDrops = false }
        mount.database.fail(.lost)
        #expect(throws: PluginError(.upstreamFailed, "")) {
            try mount.harness.call(.revoke, "creds/app", keeping: kept)
        }
        #expect(mount.database.steps.last == "drop ")
        mount.database.fail(nil)
        try mount.harness.call(.revoke, "creds/app", keeping: kept)
        #expect(mount.database.users[user] == nil)
        #expect(mount.database.steps.filter { $0 == "shut out" }.count == 1)
    }

    @Test("a renewal moves the end of the user, and is refused for a role that is gone")
    func renewal() throws {
        let mount = try FakeMount()
        try mount.role()
        let answer = try mount.harness.call(.read, "creds/app")
        let user = try #require(try answer.json["username"]?.stringValue)
        let kept = try #require(answer.lease?.internalData)
        try mount.harness.call(.renew, "creds/app", ["increment": 0, "ttl": 900], keeping: kept)
        #expect(
            mount.database.state.withLock { $0.expirations[user] }
                == FakeMount.start.adding(seconds: 905))
        try mount.harness.call(.delete, "roles/app")
        #expect(throws: PluginError(.invalidRequest, "")) {
            try mount.harness.call(.renew, "creds/app", ["ttl": 900], keeping: kept)
        }
    }

    @Test("what others were in the way of is tried again")
    func conflicts() throws {
        let mount = try FakeMount()
        try mount.role()
        mount.database.state.withLock { $0.conflicts = 0 }
        _ = try mount.harness.call(.read, "creds/app")
        mount.database.state.withLock { $0.conflicts = 5 }
        _ = try mount.harness.call(.read, "creds/app")
        #expect(mount.database.users.count == 3)
    }

    @Test("passwords follow the connection's policy")
    func policy() throws {
        let mount = try FakeMount(["password_policy": "long"])
        mount.harness.storage.passwords = { $0 == "long" ? "made by \($0)" : nil }
        try mount.role()
        let answer = try mount.harness.call(.read, "creds/app")
        #expect(try answer.json["password"]?.stringValue == "made by long")
        try mount.connect(["password_policy": "none"])
        #expect(throws: PluginError(.invalidRequest, "")) {
            try mount.harness.call(.read, "creds/app")
        }
    }

    @Test("a password has all that servers ask for, and is another one each time")
    func passwords() {
        let passwords = (0..<200).map { _ in Password.random() }
        #expect(Set(passwords).count == 200)
        for password in passwords {
            #expect(password.utf8.count == 20)
            #expect(password.contains("-"))
            #expect(password.contains { $0.isLowercase })
            #expect(password.contains { $0.isUppercase })
            #expect(password.contains { $0.isNumber })
        }
    }

    @Test("sessions are as many as allowed, and end with their configuration")
    func sessions() throws {
        let mount = try FakeMount(["max_open_connections": 2])
        try mount.role()
        for _ in 0..<5 { _ = try mount.harness.call(.read, "creds/app") }
        #expect(mount.database.state.withLock { $0.mostOpen } == 1)
        #expect(mount.database.state.withLock { $0.open } == 1)
        try mount.harness.call(.update, "reset/db")
        #expect(mount.database.state.withLock { $0.open } == 0)
        _ = try mount.harness.call(.read, "creds/app")
        try mount.harness.call(.update, "reload/fake-database-plugin")
        #expect(mount.database.state.withLock { $0.open } == 0)
        _ = try mount.harness.call(.read, "creds/app")
        try mount.harness.call(.delete, "config/db")
        #expect(mount.database.state.withLock { $0.open } == 0)
    }

    @Test("a root rotation that was cut short is brought to its end")
    func root() throws {
        let mount = try FakeMount()
        try mount.role()
        mount.database.state.withLock { $0.losesAnswers = true }
        #expect(throws: PluginError.self) { try mount.harness.call(.update, "rotate-root/db") }
        mount.database.state.withLock { $0.losesAnswers = false }
        // The server has the new password; only storage knows that it may.
        #expect(mount.database.users["root"] != "first")
        mount.restart()
        _ = try mount.harness.call(.read, "creds/app")
        try mount.harness.call(.update, "rotate-root/db")
        mount.restart()
        _ = try mount.harness.call(.read, "creds/app")
        let shown = try mount.harness.call(.read, "config/db")
        #expect(
            !String(decoding: shown.data, as: UTF8.self).contains(mount.database.users["root"]!))
    }

    @Test("a root rotation that the server refused leaves the old password in use")
    func rootRefused() throws {
        let mount = try FakeMount()
        try mount.role()
        _ = try mount.harness.call(.read, "creds/app")
        mount.database.fail(.failed)
        #expect(throws: PluginError.self) { try mount.harness.call(.update, "rotate-root/db") }
        mount.database.fail(nil)
        mount.restart()
        #expect(mount.database.users["root"] == "first")
        _ = try mount.harness.call(.read, "creds/app")
    }
}
