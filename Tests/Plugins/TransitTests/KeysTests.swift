import Clock
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import Transit

@Suite struct KeysTests {
    @Test("every type of key is made and shown with what it can do", arguments: KeyType.allCases)
    func types(_ type: KeyType) throws {
        if type.isRSA, type != .rsa2048 { return }
        let transit = try TransitHarness()
        let made = transit.make("k", type.name)
        #expect(made.status == 200)
        let key = transit.get("keys/k")
        #expect(key.body == made.body)
        #expect(key["type"]?.stringValue == type.name)
        #expect(key["latest_version"] == 1)
        #expect(key["min_decryption_version"] == 1)
        #expect(key["supports_encryption"]?.boolValue == type.supportsEncryption)
        #expect(key["supports_signing"]?.boolValue == type.supportsSigning)
        if type.pair == nil {
            #expect(key["keys", "1"] == 1_700_000_000)
        } else {
            #expect(key["keys", "1", "creation_time"] == "2023-11-14T22:13:20Z")
            #expect(key["keys", "1", "public_key"]?.stringValue?.isEmpty == false)
        }
        // Nothing secret is shown.
        #expect(!"\(key.body as Any)".contains("PRIVATE"))
    }

    @Test("a key that is there is not made again")
    func existing() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let ciphertext = transit.encrypt("k", "text")
        let again = transit.make("k", "rsa-2048")
        #expect(again.warnings == ["key k already existed"])
        #expect(again["type"] == "aes256-gcm96")
        #expect(transit.decrypt("k", ciphertext) == "text")
    }

    @Test("keys are listed by name, in parts if asked")
    func list() throws {
        let transit = try TransitHarness()
        #expect(transit.call(.list, "keys").status == 404)
        for name in ["b", "a", "c"] { transit.make(name) }
        #expect(transit.call(.list, "keys")["keys"] == ["a", "b", "c"])
        #expect(transit.call(.list, "keys/", ["after": "a", "limit": 1])["keys"] == ["b"])
    }

    @Test(
        "an application's day: rotate, decrypt the old, rewrap, raise the minimum, refuse the old")
    func rotation() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let old = transit.encrypt("k", "text")
        #expect(transit.post("keys/k/rotate")["latest_version"] == 2)
        #expect(transit.decrypt("k", old) == "text")
        let new = transit.post("rewrap/k", ["ciphertext": .string(old)]).text("ciphertext")
        #expect(new.hasPrefix("vault:v2:"))
        #expect(transit.encrypt("k", "x", ["key_version": 1]).hasPrefix("vault:v1:"))
        #expect(transit.post("keys/k/config", ["min_decryption_version": 2]).status == 200)
        check(
            transit.post("decrypt/k", ["ciphertext": .string(old)]), status: 400,
            error: "ciphertext or signature version is disallowed by policy (too old)")
        #expect(transit.decrypt("k", new) == "text")
        transit.post("keys/k/config", ["min_encryption_version": 2])
        check(
            transit.post("encrypt/k", ["plaintext": "", "key_version": 1]), status: 400,
            error:
                "requested version for encryption is less than the minimum encryption key version"
        )
        #expect(transit.post("keys/k/trim", ["min_available_version": 2]).status == 200)
        #expect(transit.get("keys/k")["keys", "1"] == nil)
        #expect(transit.get("keys/k")["latest_version"] == 2)
        #expect(transit.decrypt("k", new) == "text")
        transit.post("keys/k/rotate")
        #expect(transit.encrypt("k", "x").hasPrefix("vault:v3:"))
        #expect(transit.decrypt("k", new) == "text")
    }

    @Test("versions are set within what there is")
    func versions() throws {
        let transit = try TransitHarness()
        transit.make("k")
        transit.post("keys/k/rotate")
        for data: JSONValue in [
            ["min_decryption_version": 3], ["min_decryption_version": -1],
            ["min_encryption_version": 3], ["min_encryption_version": -1],
            ["min_decryption_version": 2, "min_encryption_version": 1],
        ] {
            #expect(transit.post("keys/k/config", data).status == 400)
        }
        #expect(transit.get("keys/k")["min_decryption_version"] == 1)
        for wanted in [0, -1, 1, 2, 3] as [JSONValue] {
            #expect(transit.post("keys/k/trim", ["min_available_version": wanted]).status == 400)
        }
        #expect(transit.post("keys/k/trim").status == 400)
    }

    @Test("a key is deleted only where that is allowed, and then it is gone")
    func deletion() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let ciphertext = transit.encrypt("k", "text")
        check(
            transit.call(.delete, "keys/k"), status: 400,
            error: "error deleting policy k: deletion is not allowed for this key")
        transit.post("keys/k/config", ["deletion_allowed": true])
        #expect(transit.call(.delete, "keys/k").status == 204)
        #expect(transit.get("keys/k").status == 404)
        #expect(transit.harness.storage.keys == [])
        transit.make("k")
        #expect(transit.decrypt("k", ciphertext) == nil)
        check(
            transit.call(.delete, "keys/none"), status: 400,
            error: "could not delete key; not found")
    }

    @Test("a soft-deleted key does nothing until it is restored")
    func softDeletion() throws {
        let transit = try TransitHarness()
        transit.make("k")
        let ciphertext = transit.encrypt("k", "text")
        #expect(transit.call(.delete, "keys/k/soft-delete").status == 204)
        for path in ["encrypt/k", "decrypt/k", "rewrap/k", "keys/k/rotate"] {
            #expect(
                transit.post(path, ["plaintext": "", "ciphertext": .string(ciphertext)]).error
                    == "the key is soft-deleted; restore it before it is used again")
        }
        #expect(transit.get("keys/k")["soft_deleted"] == true)
        #expect(transit.post("keys/k/config", ["deletion_allowed": true]).status == 200)
        #expect(transit.post("keys/k/soft-delete-restore").status == 204)
        #expect(transit.decrypt("k", ciphertext) == "text")
    }

    @Test("what was allowed once cannot be taken back")
    func once() throws {
        let transit = try TransitHarness()
        transit.make("k", "aes256-gcm96", ["exportable": true])
        #expect(transit.post("keys/k/config", ["exportable": false]).status == 400)
        #expect(transit.post("keys/k/config", ["allow_plaintext_backup": true]).status == 200)
        #expect(transit.post("keys/k/config", ["allow_plaintext_backup": false]).status == 400)
    }

    @Test("a key whose time is over is rotated by its next use")
    func autoRotation() throws {
        let transit = try TransitHarness()
        #expect(transit.make("k", "aes256-gcm96", ["auto_rotate_period": "30m"]).status == 400)
        transit.make("k", "aes256-gcm96", ["auto_rotate_period": "1h"])
        transit.advance(seconds: 3_599)
        #expect(transit.encrypt("k", "x").hasPrefix("vault:v1:"))
        transit.advance(seconds: 1)
        #expect(transit.encrypt("k", "x").hasPrefix("vault:v2:"))
        #expect(transit.encrypt("k", "x").hasPrefix("vault:v2:"))
        transit.post("keys/k/config", ["auto_rotate_period": 0])
        transit.advance(seconds: 100_000)
        #expect(transit.encrypt("k", "x").hasPrefix("vault:v2:"))
    }

    /// The operations that make something, with an AES and an Ed25519 key, and the member that says
    /// with which version.
    static let makers: [(path: String, data: JSONValue, result: String)] = [
        ("encrypt/aes", ["plaintext": "AAAA"], "ciphertext"),
        ("encrypt/aes", ["batch_input": [["plaintext": "AAAA"]]], "ciphertext"),
        ("datakey/plaintext/aes", [:], "ciphertext"),
        ("datakey/wrapped/aes", [:], "ciphertext"),
        ("hmac/aes", ["input": "AAAA"], "hmac"),
        ("hmac/aes", ["batch_input": [["input": "AAAA"]]], "hmac"),
        ("sign/ed", ["input": "AAAA"], "signature"),
        ("sign/ed", ["input": "AAAA", "signature_context": "AAAA"], "signature"),
        ("sign/ed", ["batch_input": [["input": "AAAA"]]], "signature"),
        ("hmac/ed", ["input": "AAAA"], "hmac"),
    ]

    @Test(
        "a key whose time ran out while the server was down is rotated before it makes anything",
        arguments: makers.indices)
    func overdueAtStart(_ place: Int) throws {
        let before = try TransitHarness()
        for (name, type) in [("aes", "aes256-gcm96"), ("ed", "ed25519")] {
            before.make(name, type, ["auto_rotate_period": "1h"])
        }
        let old = before.encrypt("aes", "text")
        // Another process over the same storage, which nothing has woken yet.
        let transit = try TransitHarness(storage: before.harness.storage)
        transit.advance(seconds: 30 * 86_400)
        let (path, data, result) = Self.makers[place]
        let reply = transit.post(path, data)
        let made = reply.results.first?[result]?.stringValue ?? reply.text(result)
        #expect(made.hasPrefix("vault:v2:"))
        #expect(transit.decrypt("aes", old) == "text")
        #expect(
            transit.post("rewrap/aes", ["ciphertext": .string(old)]).text("ciphertext")
                .hasPrefix("vault:v2:"))
    }

    @Test("two that find a key's time over make one version")
    func concurrentAutoRotation() throws {
        let transit = try TransitHarness()
        transit.make("k", "aes256-gcm96", ["auto_rotate_period": "1h"])
        transit.advance(seconds: 3_600)
        transit.harness.storage.beforeNextCommit { _ in
            #expect(transit.encrypt("k", "x").hasPrefix("vault:v2:"))
        }
        #expect(transit.encrypt("k", "x").hasPrefix("vault:v2:"))
        #expect(transit.get("keys/k")["latest_version"] == 2)
    }

    @Test("two that rotate at once make two versions")
    func concurrentRotation() throws {
        let transit = try TransitHarness()
        transit.make("k")
        transit.harness.storage.beforeNextCommit { _ in transit.post("keys/k/rotate") }
        #expect(transit.post("keys/k/rotate")["latest_version"] == 3)
    }

    @Test(
        "a name that is none is refused before anything is stored",
        arguments: ["-a", "a-", ".", "..", "a b", "é", "a%", "a\0b"])
    func names(name: String) throws {
        let transit = try TransitHarness()
        #expect(transit.make(name).status == 400)
        #expect(
            transit.call(.create, "encrypt/\(name)", ["plaintext": ""]).status == 400)
        #expect(transit.harness.storage.keys == [])
        #expect(transit.make("a.b-c_D9").status == 200)
    }

    @Test("an unknown type is answered with those that there are, and a size fits its type")
    func unknownType() throws {
        let transit = try TransitHarness()
        #expect(transit.make("k", "des").error?.contains("aes256-gcm96") == true)
        #expect(transit.make("k", "hmac", ["key_size": 31]).status == 400)
        #expect(transit.make("k", "hmac", ["key_size": 513]).status == 400)
        #expect(transit.make("k", "aes256-gcm96", ["key_size": 32]).status == 400)
        #expect(transit.make("k", "hmac", ["key_size": 64]).status == 200)
    }
}
