import Testing

@testable import CLI

@Suite("Addresses and paths")
struct AddressTests {
    @Test(
        "addresses are taken apart",
        arguments: [
            ("http://127.0.0.1:8200", "127.0.0.1", 8200, false, ""),
            ("https://vault.example.org", "vault.example.org", 443, true, ""),
            ("http://localhost/", "localhost", 80, false, ""),
            ("https://[::1]:8200/proxy/vault/", "::1", 8200, true, "/proxy/vault"),
        ])
    func parsed(text: String, host: String, port: Int, isTLS: Bool, prefix: String) throws {
        let address = try ServerAddress(text)
        #expect(address.place == .host(host, port: port))
        #expect(address.isTLS == isTLS)
        #expect(address.pathPrefix == prefix)
    }

    @Test("a Unix socket is an absolute path")
    func unixSocket() throws {
        #expect(
            try ServerAddress("unix:///run/coffer.sock").place == .unixSocket("/run/coffer.sock"))
        #expect(throws: UsageError.self) { try ServerAddress("unix://run/coffer.sock") }
    }

    @Test(
        "what is no address is refused without being repeated",
        arguments: [
            "", "127.0.0.1:8200", "ftp://x", "http://", "http://:8200", "http://x:0",
            "http://x:65536", "http://x:y", "http://user:hunter2@x", "http://x/?q=1", "http://[::1",
            "http://a b", "http://x\r\nHost:y",
        ])
    func refused(text: String) {
        let error = #expect(throws: UsageError.self) { try ServerAddress(text) }
        #expect(error?.message.contains("hunter2") == false)
    }

    @Test("paths are percent-encoded, so that a secret's name cannot become a query")
    func percentEncoding() {
        #expect(APIRequest.get("secret/a b?c#d%/é").target == "/v1/secret/a%20b%3Fc%23d%25/%C3%A9")
        #expect(APIRequest.get("x", query: [("k&", "v=1")]).target == "/v1/x?k%26=v%3D1")
    }

    @Test(
        "a KV path is split at its mount",
        arguments: [
            ("secret/creds", "secret/", "secret", "creds"),
            ("secret", "secret/", "secret", ""),
            ("secret/data", "secret/", "secret", "data"),
            ("a/b/c/d", "a/b/", "a/b", "c/d"),
            ("secretive/x", "secret/", "secret", "secretive/x"),
            // The server's answer names the namespace; the user's path does not.
            ("secret/creds", "team/secret/", "secret", "creds"),
        ])
    func kvSplit(path: String, mount: String, mountWanted: String, secretWanted: String) {
        let split = KVPath.split(path, mount: mount)
        #expect(split.mount == mountWanted)
        #expect(split.secret == secretWanted)
    }

    @Test("version 2 puts the side between mount and secret, version 1 does not")
    func kvAPI() {
        let two = KVPath("secret/a/b", mountFlag: nil, answer: .init(path: "secret/", version: 2))
        #expect(two.api("data") == "secret/data/a/b")
        let flagged = KVPath(
            "/data/x", mountFlag: "secret/", answer: .init(path: "secret/", version: 2))
        #expect(flagged.api("metadata") == "secret/metadata/data/x")
        let one = KVPath("a/b", mountFlag: "kv", answer: .init(path: "kv/", version: 1))
        #expect(one.api("data") == "kv/a/b")
    }
}
