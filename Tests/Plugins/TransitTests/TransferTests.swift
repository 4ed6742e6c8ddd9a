import Clock
import Cryptography
import JSON
import Paths
import PluginSDK
import PluginTesting
import Testing

@testable import Transit

@Suite struct TransferTests {
    /// A mount whose wrapping key is there already: to make one takes a second.
    private static let wrapping: KeyRing = {
        let version = try? KeyVersion.generate(
            .rsa4096, keyBytes: nil, isConvergent: false, now: .now)
        return KeyRing(type: .rsa4096, versions: version.map { [$0] } ?? [])
    }()

    private func mount() throws -> (TransitHarness, PublicKey) {
        let transit = try TransitHarness()
        transit.harness.storage[StorageKey.wrappingKey] = Self.wrapping.record(
            mark: [UInt8](repeating: 0, count: KeyRing.markBytes))
        let pem = transit.get("wrapping_key").text("public_key")
        let key = try PublicKey(subjectPublicKeyInfo: try #require(PEM.decode(pem)?.first?.der))
        return (transit, key)
    }

    @Test("a key that was brought works as it did where it came from")
    func symmetric() throws {
        let (transit, wrapping) = try mount()
        let key = SecretBytes([UInt8](repeating: 5, count: 32))
        for (name, digest) in WrappedKey.digests {
            let text = try WrappedKey.wrap(key, for: wrapping, digest)
            let reply = transit.post(
                "keys/\(name)/import",
                ["ciphertext": .string(text), "hash_function": .string(name), "exportable": true])
            check(reply, status: 204)
            let exported = transit.get("export/encryption-key/\(name)")["keys", "1"]
            #expect(exported?.stringValue == key.withUnsafeBytes { Base64.encode($0) })
        }
        #expect(transit.get("keys/SHA256")["imported_key"] == true)
        #expect(transit.post("keys/SHA256/rotate").status == 400)
        let again = try WrappedKey.wrap(key, for: wrapping, .sha2With256Bits)
        #expect(
            transit.post("keys/SHA256/import", ["ciphertext": .string(again)]).error?
                .contains("existing key") == true)
        check(
            transit.post("keys/SHA256/import_version", ["ciphertext": .string(again)]), status: 204)
        #expect(transit.encrypt("SHA256", "x").hasPrefix("vault:v2:"))
    }

    @Test("key pairs are brought as PKCS #8, and a rotation ends bringing more")
    func pairs() throws {
        let (transit, wrapping) = try mount()
        for type in [KeyType.ed25519, .ecdsaP256, .rsa2048] {
            let key = try PrivateKey.generate(try #require(type.pair))
            let text = try WrappedKey.wrap(key.pkcs8(), for: wrapping, .sha2With256Bits)
            let data: JSONValue = [
                "ciphertext": .string(text), "type": .string(type.name), "allow_rotation": true,
            ]
            check(transit.post("keys/\(type.name)/import", data), status: 204)
            let signature = transit.post("sign/\(type.name)", ["input": "AAAA"])
                .text("signature")
            #expect(
                transit.post(
                    "verify/\(type.name)", ["input": "AAAA", "signature": .string(signature)])[
                        "valid"] == true)
            #expect(
                transit.get("export/public-key/\(type.name)").status == 200)
            #expect(transit.post("keys/\(type.name)/rotate").status == 200)
            #expect(
                transit.post("keys/\(type.name)/import_version", ["ciphertext": .string(text)])
                    .status == 400)
        }
    }

    @Test("what is no wrapped key of the type is refused, without a word on which part is wrong")
    func refused() throws {
        let (transit, wrapping) = try mount()
        func imported(_ text: String, _ type: String) -> TransitHarness.Reply {
            transit.post("keys/k/import", ["ciphertext": .string(text), "type": .string(type)])
        }
        let short = try WrappedKey.wrap(
            SecretBytes([UInt8](repeating: 1, count: 16)), for: wrapping, .sha2With256Bits)
        #expect(
            imported(short, "aes256-gcm96").error
                == "invalid key size 16 bytes for key type aes256-gcm96")
        #expect(imported(short, "hmac").status == 400)
        #expect(imported(short, "ed25519").status == 400)
        let good = try #require(Base64.decode(short))
        var messages: Set<String> = []
        for place in [0, 100, 511, 512, good.count - 1] {
            var altered = good
            altered[place] ^= 1
            let reply = imported(Base64.encode(altered), "aes128-gcm96")
            #expect(reply.status == 400)
            messages.insert(reply.error ?? "")
        }
        messages.insert(
            imported(Base64.encode(Array(good.prefix(512))), "aes128-gcm96").error ?? "")
        messages.insert(imported("?", "aes128-gcm96").error ?? "")
        messages.insert(
            transit.post("keys/k/import", ["ciphertext": .string(short), "hash_function": "SHA1"])
                .error ?? "")
        #expect(messages.count == 1)
        // A pair whose halves are two keys'.
        let (one, other) = (try PrivateKey.generate(.p256), try PrivateKey.generate(.p256))
        var mixed = try one.pkcs8().withUnsafeBytes { Array($0) }
        let point = try other.pkcs8().withUnsafeBytes { Array($0.suffix(65)) }
        mixed.replaceSubrange((mixed.count - 65)..., with: point)
        let wrapped = try WrappedKey.wrap(
            SecretBytes(mixed), for: wrapping, .sha2With256Bits)
        #expect(
            imported(wrapped, "ecdsa-p256").error
                == "the imported key is no PKCS #8 key of type ecdsa-p256")
        #expect(transit.post("keys/k/import").status == 400)
        #expect(
            transit.post("keys/k/import", ["ciphertext": .string(short), "public_key": "x"])
                .status == 400)
        #expect(
            transit.post("keys/k/import", ["ciphertext": .string(short), "hash_function": "MD5"])
                .status == 400)
        #expect(transit.call(.list, "keys").status == 404)
    }

    @Test("a public key encrypts and verifies, and its private key may follow")
    func publicOnly() throws {
        let (transit, wrapping) = try mount()
        let key = try PrivateKey.generate(.rsa(bits: 2048))
        let pem = PEM.encode("PUBLIC KEY", try key.publicKey().subjectPublicKeyInfo())
        check(
            transit.post("keys/k/import", ["public_key": .string(pem), "type": "rsa-2048"]),
            status: 204)
        let ciphertext = transit.encrypt("k", "text")
        let message = "only the public key of this version was imported"
        check(
            transit.post("decrypt/k", ["ciphertext": .string(ciphertext)]), status: 400,
            error: message)
        check(transit.post("sign/k", ["input": ""]), status: 400, error: message)
        let other = try WrappedKey.wrap(
            PrivateKey.generate(.rsa(bits: 2048)).pkcs8(), for: wrapping, .sha2With256Bits)
        #expect(transit.post("keys/k/import_version", ["ciphertext": .string(other)]).status == 400)
        let own = try WrappedKey.wrap(key.pkcs8(), for: wrapping, .sha2With256Bits)
        check(transit.post("keys/k/import_version", ["ciphertext": .string(own)]), status: 204)
        #expect(transit.decrypt("k", ciphertext) == "text")
        #expect(transit.get("keys/k")["latest_version"] == 1)
        for bad in ["", "x", PEM.encode("PUBLIC KEY", [1, 2, 3]), pem + pem] {
            #expect(
                transit.post("keys/b/import", ["public_key": .string(bad), "type": "rsa-2048"])
                    .status == 400)
        }
        #expect(
            transit.post("keys/b/import", ["public_key": .string(pem), "type": "rsa-3072"])
                .status == 400)
        #expect(
            transit.post("keys/b/import", ["public_key": .string(pem)]).status == 400)
    }

    @Test("a key goes from mount to mount wrapped for the other one's key")
    func byok() throws {
        let (target, wrapping) = try mount()
        let source = try TransitHarness()
        let pem = PEM.encode("PUBLIC KEY", try wrapping.subjectPublicKeyInfo())
        source.post("keys/there/import", ["public_key": .string(pem), "type": "rsa-4096"])
        for type in ["aes256-gcm96", "ecdsa-p384", "ed25519"] {
            source.make(type, type, ["exportable": true])
            let reply = source.get("byok-export/there/\(type)")
            check(reply, status: 200)
            let text = reply["keys", "1"] ?? .null
            check(
                target.post("keys/\(type)/import", ["ciphertext": text, "type": .string(type)]),
                status: 204)
        }
        let ciphertext = source.encrypt("aes256-gcm96", "text")
        #expect(target.decrypt("aes256-gcm96", ciphertext) == "text")
        source.make("closed")
        check(source.get("byok-export/there/closed"), status: 400, error: "key is not exportable")
        #expect(source.get("byok-export/closed/ed25519").status == 400)
        #expect(source.get("byok-export/there/none").status == 404)
    }

    @Test(
        "a restored key is the key that was backed up",
        arguments: [
            "aes256-gcm96", "xchacha20-poly1305", "hmac", "ed25519", "ecdsa-p521", "rsa-2048",
        ])
    func backup(type: String) throws {
        let transit = try TransitHarness()
        transit.make("k", type, ["exportable": true, "allow_plaintext_backup": true])
        transit.post("keys/k/rotate")
        transit.post("keys/k/rotate")
        transit.post(
            "keys/k/config", ["min_decryption_version": 2, "min_encryption_version": 3])
        transit.post("keys/k/trim", ["min_available_version": 2])
        let code = transit.post("hmac/k", ["input": ""]).text("hmac")
        let backup = transit.get("backup/k")["backup"] ?? .null
        check(
            transit.post("restore", ["backup": backup]), status: 400,
            error: "key \"k\" already exists")
        check(transit.post("restore/copy", ["backup": backup]), status: 204)
        #expect(transit.post("hmac/copy", ["input": ""]).text("hmac") == code)
        var (old, new) = (transit.get("keys/k").body, transit.get("keys/copy").body)
        old?["name"] = nil
        new?["name"] = nil
        #expect(old == new)
        let kind =
            type == "hmac"
            ? "hmac-key"
            : type.contains("-gcm") || type.hasPrefix("x")
                ? "encryption-key" : "signing-key"
        #expect(
            transit.get("export/\(kind)/k")["keys"] == transit.get("export/\(kind)/copy")["keys"])
        check(transit.post("restore", ["backup": backup, "force": true]), status: 204)
    }

    @Test("a backup as the documentation of Vault's API shows it is restored")
    func vaultsBackup() throws {
        let sample =
            "eyJwb2xpY3kiOnsibmFtZSI6ImFlcyIsImtleXMiOnsiMSI6eyJrZXkiOiJXK3k4Z0dOMHdiTDJLOU95NXFPN1laMGtjdzMvR0ZiNWM4STBzdlNMMnFNPSIsImhtYWNfa2V5IjoiUDBTcjh1YTJaZERNUTdPd2h4RGp1Z0U5d0JSR3Q2QXl6K0t4TzN5Z2M5ST0iLCJ0aW1lIjoiMjAxNy0xMi0wOFQxMTo1MDowOC42MTM4MzctMDU6MDAiLCJlY194IjpudWxsLCJlY195IjpudWxsLCJlY19kIjpudWxsLCJyc2Ffa2V5IjpudWxsLCJwdWJsaWNfa2V5IjoiIiwiY3JlYXRpb25fdGltZSI6MTUxMjc1MTgwOH19LCJkZXJpdmVkIjpmYWxzZSwia2RmIjowLCJjb252ZXJnZW50X2VuY3J5cHRpb24iOmZhbHNlLCJleHBvcnRhYmxlIjpmYWxzZSwibWluX2RlY3J5cHRpb25fdmVyc2lvbiI6MSwibWluX2VuY3J5cHRpb25fdmVyc2lvbiI6MCwibGF0ZXN0X3ZlcnNpb24iOjEsImFyY2hpdmVfdmVyc2lvbiI6MSwiZGVsZXRpb25fYWxsb3dlZCI6ZmFsc2UsImNvbnZlcmdlbnRfdmVyc2lvbiI6MCwidHlwZSI6MCwiYmFja3VwX2luZm8iOnsidGltZSI6IjIwMTctMTItMDhUMTE6NTA6MjkuMjI4MTU3LTA1OjAwIiwidmVyc2lvbiI6MX0sInJlc3RvcmVfaW5mbyI6bnVsbH0sImFyY2hpdmVkX2tleXMiOnsia2V5cyI6W3sia2V5IjpudWxsLCJobWFjX2tleSI6bnVsbCwidGltZSI6IjAwMDEtMDEtMDFUMDA6MDA6MDBaIiwiZWNfeCI6bnVsbCwiZWNfeSI6bnVsbCwiZWNfZCI6bnVsbCwicnNhX2tleSI6bnVsbCwicHVibGljX2tleSI6IiIsImNyZWF0aW9uX3RpbWUiOjB9LHsia2V5IjoiVyt5OGdHTjB3YkwySzlPeTVxTzdZWjBrY3czL0dGYjVjOEkwc3ZTTDJxTT0iLCJobWFjX2tleSI6IlAwU3I4dWEyWmRETVE3T3doeERqdWdFOXdCUkd0NkF5eitLeE8zeWdjOUk9IiwidGltZSI6IjIwMTctMTItMDhUMTE6NTA6MDguNjEzODM3LTA1OjAwIiwiZWNfeCI6bnVsbCwiZWNfeSI6bnVsbCwiZWNfZCI6bnVsbCwicnNhX2tleSI6bnVsbCwicHVibGljX2tleSI6IiIsImNyZWF0aW9uX3RpbWUiOjE1MTI3NTE4MDh9XX19Cg=="
        let transit = try TransitHarness()
        check(transit.post("restore", ["backup": .string(sample)]), status: 204)
        #expect(transit.get("keys/aes")["keys", "1"] == 1_512_751_808)
        transit.post("keys/aes/config", ["exportable": true])
        #expect(
            transit.get("export/encryption-key/aes")["keys", "1"]
                == "W+y8gGN0wbL2K9Oy5qO7YZ0kcw3/GFb5c8I0svSL2qM=")
        #expect(
            transit.get("export/hmac-key/aes")["keys", "1"]
                == "P0Sr8ua2ZdDMQ7OwhxDjugE9wBRGt6Ayz+KxO3ygc9I=")
    }

    @Test("only what allows it is backed up, and nonsense is not restored")
    func backupRefused() throws {
        let transit = try TransitHarness()
        transit.make("a")
        check(
            transit.get("backup/a"), status: 400, error: "exporting is disallowed on the policy")
        transit.make("b", "aes256-gcm96", ["exportable": true])
        check(
            transit.get("backup/b"), status: 400,
            error: "plaintext backup is disallowed on the policy")
        transit.make("k", "ecdsa-p256", ["exportable": true, "allow_plaintext_backup": true])
        let text = transit.get("backup/k").text("backup")
        let good = try JSONValue(parsing: try #require(Base64.decode(text)))
        func restored(_ change: (inout JSONValue) -> Void) -> Int {
            var (value, policy) = (good, good["policy"] ?? .null)
            change(&policy)
            value["policy"] = policy
            let backup = Base64.encode(value.encoded())
            return transit.post("restore/copy", ["backup": .string(backup)]).status
        }
        #expect(restored { $0["type"] = 99 } == 400)
        #expect(restored { $0["type"] = 7 } == 400)
        #expect(restored { $0["latest_version"] = 0 } == 400)
        #expect(restored { $0["latest_version"] = .int(Int.max) } == 400)
        #expect(restored { $0["min_available_version"] = -1 } == 400)
        #expect(restored { $0["min_decryption_version"] = 2 } == 400)
        #expect(restored { $0["auto_rotate_period"] = -1 } == 400)
        // A key that would rotate each second, and one that encrypts what it does not decrypt.
        #expect(restored { $0["auto_rotate_period"] = 1_000_000_000 } == 400)
        transit.post("keys/k/rotate")
        #expect(restored { $0["min_encryption_version"] = 2 } == 400)
        #expect(restored { $0["derived"] = true } == 400)
        #expect(restored { $0["keys"] = ["1": ["ec_d": 0]] } == 400)
        #expect(restored { $0["keys"] = ["1": ["ec_d": -7]] } == 400)
        #expect(restored { $0["keys"] = ["1": ["ec_d": "7"]] } == 400)
        for text in ["", "?", "AAAA", base64("{}"), base64("[]"), base64("{\"policy\":{}}")] {
            #expect(transit.post("restore/copy", ["backup": .string(text)]).status == 400)
        }
        #expect(transit.get("keys/copy").status == 404)
        #expect(restored { _ in } == 204)
        #expect(transit.post("restore/-x", ["backup": .string(text)]).status == 400)
    }
}
