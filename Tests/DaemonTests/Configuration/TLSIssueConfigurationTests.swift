import JSON
import Testing

@testable import Daemon

@Suite struct TLSIssueConfigurationTests {
    private func text(_ block: String, _ more: String = "") -> String {
        "storage \"inmem\" {}\nlistener \"tcp\" {\n\(more)\ntls_issue {\n\(block)\n}\n}\n"
    }

    private let minimal = "path = \"ca/issue/own\"\ncommon_name = \"a.example.com\""

    @Test("a listener may have its certificate issued, with files for the start or without")
    func both() throws {
        let issue = TLSIssueConfiguration(path: "ca/issue/own", commonName: "a.example.com")
        let without = try configuration(text(minimal)).listeners[0].tls
        #expect(without == TLSConfiguration(files: nil, issue: issue))
        let with = try configuration(
            text(minimal, "tls_cert_file = \"c\"\ntls_key_file = \"k\"")
        ).listeners[0].tls
        let files = TLSConfiguration.Files(certificate: "c", key: "k")
        #expect(with == TLSConfiguration(files: files, issue: issue))
    }

    @Test("everything that is asked for can be said, and is shown")
    func full() throws {
        let more = """
            alt_names = ["b.example.com", "*.c.example.com"]
            ip_sans = ["10.0.0.1", "::1"]
            ttl = "24h"
            namespace = "team/ca"
            """
        let read = try configuration(text(minimal + "\n" + more))
        let issue = try #require(read.listeners[0].tls?.issue)
        #expect(issue.alternativeNames == ["b.example.com", "*.c.example.com"])
        #expect(issue.ipAddresses == ["10.0.0.1", "::1"])
        #expect(issue.ttlSeconds == 86_400)
        #expect(issue.namespace == "team/ca")
        let shown = try #require(read.shown["listeners"]?[0]?["config"]?["tls_issue"])
        #expect(shown["path"] == "ca/issue/own" && shown["ttl"] == 86_400)
    }

    @Test(
        "what cannot be asked for is named",
        arguments: [
            ("common_name = \"a\"", "path is missing in tls_issue"),
            ("path = \"a/b\"", "common_name is missing in tls_issue"),
            ("path = \"a\"\ncommon_name = \"a\"", "path in tls_issue must be the path"),
            ("path = \"/a/b\"\ncommon_name = \"a\"", "path in tls_issue must be the path"),
            ("path = \"a/../b\"\ncommon_name = \"a\"", "path in tls_issue must be the path"),
            ("path = \"a/b/\"\ncommon_name = \"a\"", "path in tls_issue must be the path"),
            ("path = \"a/b\"\ncommon_name = \"a b\"", "common_name in tls_issue must be a name"),
            (
                "path = \"a/b\"\ncommon_name = \"a\"\nalt_names = [\"a\", \"b c\"]",
                "alt_names in tls_issue must be names of this server, which \"b c\" is not"
            ),
            (
                "path = \"a/b\"\ncommon_name = \"a\"\nip_sans = [\"10.0.0\"]",
                "ip_sans in tls_issue must be addresses of this server, which \"10.0.0\" is not"
            ),
            ("path = \"a/b\"\ncommon_name = \"a\"\nttl = \"1s\"", "must be at least 5s"),
            ("path = \"a/b\"\ncommon_name = \"a\"\nttl = \"soon\"", "ttl in tls_issue must be a"),
            (
                "path = \"a/b\"\ncommon_name = \"a\"\nnamespace = \"a//b\"",
                "namespace in tls_issue must be the path of a namespace"
            ),
        ])
    func refused(block: String, words: String) {
        let found = problems(text(block))
        #expect(found.count == 1 && found.first?.contains(words) == true, "\(found)")
    }

    @Test("one file without the other, two blocks, or no TLS at all do not go with it")
    func contradictions() {
        let cases = [
            (text(minimal, "tls_cert_file = \"c\""), "tls_key_file is missing"),
            (text(minimal, "tls_disable = true"), "tls_issue and tls_disable exclude each other"),
            (text(minimal + "\n}\ntls_issue {\n" + minimal), "tls_issue is there twice"),
        ]
        for (text, words) in cases {
            let found = problems(text)
            #expect(found.count == 1 && found.first?.contains(words) == true, "\(found)")
        }
    }
}
