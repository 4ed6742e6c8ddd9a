import JSON
import Testing

@testable import CLI

@Suite("operator: keys") struct KeyCommandTests {
    private static let keyStatus = Canned.data(
        #"{"term":2,"install_time":"2026-01-02T03:04:05Z","encryptions":41}"#)
    private static func attempt(_ more: String = "") -> Canned {
        Canned(
            200,
            #"{"nonce":"n-1","started":true,"progress":1,"required":3,"complete":false,"#
                + #""encoded_token":"","pgp_fingerprint":"","otp":"","otp_length":4\#(more)}"#)
    }
    private static let rekey = Canned(
        200,
        #"{"nonce":"n-1","started":true,"t":2,"n":3,"progress":1,"required":3,"#
            + #""pgp_fingerprints":null,"backup":false,"verification_required":false}"#)

    @Test("rotate makes a key and shows it") func rotate() async throws {
        try await FakeServer.with([
            "PUT /v1/sys/rotate": .noContent, "GET /v1/sys/key-status": Self.keyStatus,
        ]) { server in
            let outcome = await coffer("operator rotate", server: server)
            #expect(outcome.code == 0)
            #expect(
                outcome.out == """
                    Success! Rotated key

                    Key Term            2
                    Install Time        2026-01-02T03:04:05Z
                    Encryption Count    41

                    """)
            let json = await coffer("operator key-status -format=json", server: server)
            let status = try? JSONValue(parsing: json.out)
            #expect(status?["encryptions"] == 41)
        }
    }

    @Test("the pad is printed once, and decodes the token") func rootToken() async throws {
        try await FakeServer.with([
            "PUT /v1/sys/generate-root/attempt": Canned(
                200,
                #"{"nonce":"n-1","started":true,"progress":0,"required":3,"complete":false,"#
                    + #""encoded_token":"","otp":"abcd","otp_length":4}"#)
        ]) { server in
            let outcome = await coffer("operator generate-root -init", server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.contains("OTP           abcd\n"))
        }
        // "root" under the pad "abcd".
        let decoded = await coffer("operator generate-root -decode=Ew0MEA -otp=abcd")
        #expect(decoded.out == "root\n")
        #expect(decoded.code == 0)
        for line in ["-decode=Ew0MEA", "-decode=Ew0MEA -otp=abc", "-decode=%% -otp=abcd"] {
            #expect(await coffer("operator generate-root \(line)").code == 1)
        }
    }

    @Test("a key is asked for without showing it, for the nonce that the server says")
    func hiddenKey() async throws {
        try await FakeServer.with([
            "GET /v1/sys/generate-root/attempt": Self.attempt(),
            "PUT /v1/sys/generate-root/update": Self.attempt(),
        ]) { server in
            let outcome = await coffer(
                "operator generate-root", server: server, hidden: ["share"])
            #expect(outcome.code == 0)
            #expect(server.received.last?.json == ["key": "share", "nonce": "n-1"])
            #expect(!outcome.out.contains("share") && !outcome.err.contains("share"))
            #expect(outcome.out.contains("Progress      1/3"))
        }
    }

    @Test("a key among the arguments or on standard input needs the nonce")
    func keyArgument() async throws {
        try await FakeServer.with([
            "GET /v1/sys/rekey/init": Self.rekey, "PUT /v1/sys/rekey/update": Self.rekey,
        ]) { server in
            let refused = await coffer("operator rekey share", server: server)
            #expect(refused.code == 1)
            #expect(refused.err.contains("-nonce"))
            let given = await coffer(
                "operator rekey -nonce=n-1 -", server: server, input: "share\n")
            #expect(given.code == 0)
            #expect(server.received.last?.json == ["key": "share", "nonce": "n-1"])
        }
    }

    @Test("a rekey is started with its numbers, shown and cancelled") func rekey() async throws {
        try await FakeServer.with([
            "PUT /v1/sys/rekey/init": Self.rekey, "GET /v1/sys/rekey/init": Self.rekey,
            "DELETE /v1/sys/rekey/init?nonce=n-1": .noContent,
        ]) { server in
            let started = await coffer(
                "operator rekey -init -n 3 -t 2 -verify", server: server)
            #expect(started.code == 0)
            #expect(
                server.received.last?.json
                    == ["secret_shares": 3, "secret_threshold": 2, "require_verification": true])
            let shown = await coffer("operator rekey -status", server: server)
            #expect(shown.out.contains("Rekey Progress           1/3\n"))
            let cancelled = await coffer("operator rekey -cancel -nonce=n-1", server: server)
            #expect(cancelled.out == "Success! Canceled rekeying (if it was started)\n")
        }
    }

    @Test("new keys are printed once, with what to do next") func newKeys() async throws {
        try await FakeServer.with([
            "GET /v1/sys/rekey/init": Self.rekey,
            "PUT /v1/sys/rekey/update": Canned(
                200,
                #"{"complete":true,"nonce":"n-1","keys":["aa"],"keys_base64":["qg=="],"#
                    + #""verification_required":true,"verification_nonce":"v-1"}"#),
        ]) { server in
            let outcome = await coffer("operator rekey -nonce=n-1 share", server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.hasPrefix("Key 1: qg==\n\nOperation nonce: n-1\n"))
            #expect(outcome.out.contains("Verification nonce: v-1"))
        }
    }

    @Test("members lists the one node") func members() async throws {
        try await FakeServer.with([
            "GET /v1/sys/ha-status": Canned.data(
                #"{"nodes":[{"hostname":"h","api_address":"http://a","active_node":true,"#
                    + #""last_echo":null,"version":"1"}]}"#)
        ]) { server in
            let outcome = await coffer("operator members", server: server)
            #expect(outcome.code == 0)
            #expect(outcome.out.contains("h            http://a       n/a"))
        }
    }
}
