import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import KV

@Suite struct UpgradeTests: Sendable {
    private static let unavailable =
        "Upgrading from non-versioned to versioned data. This backend will be unavailable for a "
        + "brief period and will resume service shortly."

    /// A version 1 mount with secrets in folders, one of them also a folder's name.
    private func plainMount(_ count: Int) throws -> (KVMount, [String: String]) {
        let kv = try KVMount(version: "1")
        var secrets: [String: String] = [:]
        for number in 0..<count {
            let path = ["k\(number)", "f/k\(number)", "f/g/k\(number)", "f/k0/x\(number)"][
                number % 4]
            secrets[path] = "{\"n\":7\(number)000000000000000000000,\"f\":1.50}"
        }
        for (path, data) in secrets { kv.post(path, data) }
        return (kv, secrets)
    }

    private func checkUpgraded(
        _ kv: KVMount, _ secrets: [String: String], _ location: SourceLocation = #_sourceLocation
    ) {
        for (path, data) in secrets {
            let reply = kv.get("data/\(path)")
            #expect(
                reply.text?.hasPrefix("{\"data\":\(data),") == true, sourceLocation: location)
            #expect(reply["metadata", "version"] == 1, sourceLocation: location)
        }
        let expected = Set(secrets.keys.map { "v2/\($0)" } + ["upgrade"])
        #expect(kv.storedKeys == expected, sourceLocation: location)
    }

    @Test("every secret of version 1 becomes the first version of its path")
    func upgrade() throws {
        let (kv, secrets) = try plainMount(300)
        try kv.retune(version: "2")
        try kv.initialize()
        checkUpgraded(kv, secrets)
    }

    @Test("pages and batches that are full are not the end", .timeLimit(.minutes(1)))
    func pages() throws {
        let kv = try KVMount(version: "1")
        let count = Limits.upgradePageNames + 10
        for number in 0..<count { kv.post("k\(number)", #"{"v":1}"#) }
        let before = kv.storage.commits
        try kv.retune(version: "2")
        try kv.initialize()
        #expect(kv.storage.commits - before > count / Limits.upgradeBatchSecrets)
        #expect(kv.call(.list, "metadata/")["keys"]?.arrayValue?.count == count)
        #expect(!kv.storedKeys.contains { $0.hasPrefix(StorageKey.plainPrefix) })
    }

    @Test(
        "a mount with more secrets than one batch can name moves in one run",
        .timeLimit(.minutes(2)))
    func manySecrets() throws {
        let kv = try KVMount(version: "1")
        let count = 12_000
        for number in 0..<count {
            kv.storage["v1/f\(number % 12)/k\(number)"] = DataRecord.encode(
                Array("{\"n\":\(number)}".utf8)[...])
        }
        try kv.retune(version: "2")
        try kv.initialize()
        #expect(kv.storedKeys.count == count + 1)
        #expect(!kv.storedKeys.contains { $0.hasPrefix(StorageKey.plainPrefix) })
        #expect(kv.get("data/f11/k11999")["data", "n"] == 11_999)
        // One batch is conditional on its own secrets, and not on all that were moved before.
        #expect(kv.storage.mostPreconditions <= Limits.upgradePageNames)
    }

    @Test("large secrets are moved in batches that fit a frame")
    func largeSecrets() throws {
        let kv = try KVMount(version: "1")
        let text = String(repeating: "x", count: 3 * 1024 * 1024)
        for number in 0..<6 { kv.post("k\(number)", "{\"v\":\"\(text)\"}") }
        let before = kv.storage.commits
        try kv.retune(version: "2")
        try kv.initialize()
        // Two secrets reach the size of a batch, and two more commits say that it began and ended.
        #expect(kv.storage.commits == before + 2 + 3)
        #expect(kv.get("data/k5")["data", "v"]?.stringValue?.utf8.count == text.utf8.count)
    }

    /// Lets the given number of commits through and no more: the rest of the upgrade never happens.
    private func interrupt(_ storage: MemoryStorage, after commits: Int) {
        storage.beforeNextCommit {
            if commits == 0 {
                $0.injectConflicts(1_000_000)
            } else {
                interrupt($0, after: commits - 1)
            }
        }
    }

    @Test("an upgrade that is interrupted before any of its writes goes on where it stopped")
    func interruptions() throws {
        let count = Limits.upgradeBatchSecrets * 2 + 20
        let (probe, _) = try plainMount(count)
        let before = probe.storage.commits
        try probe.retune(version: "2")
        try probe.initialize()
        let commits = probe.storage.commits - before
        #expect(commits >= 5)

        for doneCommits in 0..<commits {
            let (kv, secrets) = try plainMount(count)
            try kv.retune(version: "2")
            interrupt(kv.storage, after: doneCommits)
            #expect(throws: PluginError(.unavailable, "")) { try kv.initialize() }
            kv.storage.injectConflicts(0)

            // Nothing is in two places or in none, and nobody is served half a mount.
            for path in secrets.keys {
                #expect(
                    kv.storedKeys.contains("v1/\(path)") != kv.storedKeys.contains("v2/\(path)"))
            }
            check(kv.get("data/k0"), status: 400, error: Self.unavailable)

            try kv.retune(version: "2")
            check(kv.get("data/k0"), status: 400, error: Self.unavailable)
            try kv.initialize()
            checkUpgraded(kv, secrets)
        }
    }

    @Test("an upgrade that is done is not done again")
    func idempotent() throws {
        let (kv, secrets) = try plainMount(20)
        try kv.retune(version: "2")
        try kv.initialize()
        kv.write("f/k1", versions: 2...2)
        let commits = kv.storage.commits
        try kv.initialize()
        try kv.retune(version: "2")
        try kv.initialize()
        #expect(kv.storage.commits == commits)
        #expect(kv.get("data/f/k1")["metadata", "version"] == 2)
        #expect(secrets["f/k1"] != nil)
    }

    @Test("before the upgrade has run every path answers that it is under way")
    func unavailable() throws {
        let (kv, _) = try plainMount(3)
        try kv.retune(version: "2")
        for reply in [
            kv.get("data/k0"), kv.post("data/k0", #"{"data":{}}"#), kv.get("config"),
            kv.call(.list, "metadata/"), kv.call(.delete, "metadata/k0"),
            kv.post("destroy/k0", #"{"versions":[1]}"#), kv.get("subkeys/k0"),
        ] {
            check(reply, status: 400, error: Self.unavailable)
        }
    }

    @Test("a second engine over the same storage sees that the upgrade is done")
    func secondEngine() throws {
        let (kv, _) = try plainMount(3)
        let first = try KVMount.engine(version: "2")
        kv.harness.replace(first)
        check(kv.get("data/k0"), status: 400, error: Self.unavailable)
        try kv.retune(version: "2")
        try kv.initialize()
        #expect(kv.get("data/k0").status == 200)
        kv.harness.replace(first)
        #expect(kv.get("data/k0").status == 200)
    }

    @Test("a write of version 1 that is still under way when the upgrade begins is refused")
    func lateWrite() throws {
        let (kv, secrets) = try plainMount(4)
        let plain = try KVMount.engine(version: "1")
        kv.harness.replace(plain)
        kv.beforeNextCommit {
            try kv.retune(version: "2")
            try kv.initialize()
            kv.harness.replace(plain)
        }
        #expect(kv.post("late", #"{"v":1}"#).status == 400)
        try kv.retune(version: "2")
        checkUpgraded(kv, secrets)
    }

    @Test("a mount that was upgraded cannot go back to version 1")
    func downgrade() throws {
        let (kv, secrets) = try plainMount(4)
        try kv.retune(version: "2")
        try kv.initialize()
        try kv.retune(version: "1")
        #expect(throws: PluginError.self) { try kv.initialize() }
        #expect(kv.post("x", #"{"v":1}"#).status == 400)
        #expect(kv.call(.delete, "k0").status == 400)
        try kv.retune(version: "2")
        try kv.initialize()
        checkUpgraded(kv, secrets)
    }

    @Test("a fresh mount of version 2 is ready after its initialisation")
    func fresh() throws {
        let kv = try KVMount(version: "2")
        check(kv.get("data/a"), status: 404)
        #expect(kv.post("data/a", #"{"data":{}}"#).status == 200)
    }
}
