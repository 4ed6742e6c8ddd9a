// Names of users by templates.

import PluginSDK
import Testing

@testable import Database

@Suite struct TemplateTests {
    private static func name(_ template: String, display: String = "kubernetes-demo") throws
        -> String
    {
        try UsernameTemplate(parsing: template).username(
            displayName: display, roleName: "App", now: Timestamp(seconds: 1_700_000_000))
    }

    @Test(
        "functions and pipes do what they say",
        arguments: [
            ("plain", "plain"),
            ("{{.RoleName}}", "App"),
            ("{{ .RoleName | lowercase }}-x", "app-x"),
            ("{{ uppercase .RoleName }}", "APP"),
            ("{{ .DisplayName | truncate 8 }}", "kubernet"),
            ("{{ truncate 4 .DisplayName | uppercase }}", "KUBE"),
            ("{{ .DisplayName | replace \"-\" \"_\" }}", "kubernetes_demo"),
            ("{{ \"a\" | base64 }}", "YQ=="),
            ("{{ \"a\" | sha256 | truncate 8 }}", "ca978112"),
            ("{{ unix_time }}", "1700000000"),
            ("{{ unix_time_millis }}", "1700000000000"),
            ("{{ timestamp \"2006-01-02 15:04:05\" }}", "2023-11-14 22:13:20"),
            ("{{ printf \"%s-%d%%\" .RoleName 7 }}", "App-7%"),
            (
                "{{ printf `v-%s-%s` (.DisplayName | truncate 4) (.RoleName | lowercase) }}",
                "v-kube-app"
            ),
            ("{{ .DisplayName | truncate_sha256 12 }}", "kube"),
        ])
    func values(template: String, name: String) throws {
        let made = try Self.name(template)
        if template.contains("truncate_sha256") {
            #expect(made.utf8.count == 12)
            #expect(made.hasPrefix(name))
        } else {
            #expect(made == name)
        }
    }

    @Test("the usual template has the shape that people know, and fits")
    func usual() throws {
        let template = PostgreSQLServer.defaultUsernameTemplate
        let name = try Self.name(template)
        #expect(name.hasPrefix("v-kubernet-App-"))
        #expect(name.hasSuffix("-1700000000"))
        #expect(name.utf8.count == "v-kubernet-App-".count + 20 + "-1700000000".count)
        #expect(try Self.name(template) != name)
        #expect(
            try Self.name(template, display: String(repeating: "é", count: 99)).utf8.count <= 63)
    }

    @Test("no half character is kept")
    func characters() throws {
        #expect(try Self.name("{{ .DisplayName | truncate 4 }}", display: "aééé") == "aé")
    }

    @Test(
        "what is no template is refused",
        arguments: [
            "{{", "{{ }}", "{{ nonsense }}", "{{ .Other }}", "{{ .RoleName | }}",
            "{{ (.RoleName }}",
            "{{ \"a }}", "{{ .RoleName .DisplayName }}", "{{ .RoleName | .DisplayName }}",
            "{{ random }}", "{{ random 0 }}", "{{ random 100000 }}", "{{ random \"8\" }}",
            "{{ truncate .RoleName 8 }}", "{{ printf \"%s\" }}", "{{ printf \"%o\" 1 }}",
            "{{ printf \"x\" 1 }}", "{{ unix_time 3 }}",
            String(repeating: "{{ (", count: 30), String(repeating: "x", count: 5_000),
        ])
    func refused(template: String) {
        #expect(throws: TemplateError.self) { try Self.name(template) }
    }
}

@Suite struct ScheduleTests {
    /// 2023-11-14T22:13:20Z, a Tuesday.
    private static let now = Timestamp(seconds: 1_700_000_000)

    @Test(
        "the next time is the first that fits, in UTC",
        arguments: [
            ("* * * * *", "2023-11-14T22:14:00Z"), ("0 * * * *", "2023-11-14T23:00:00Z"),
            ("0 0 * * *", "2023-11-15T00:00:00Z"), ("13 22 * * *", "2023-11-15T22:13:00Z"),
            ("0 0 * * SAT", "2023-11-18T00:00:00Z"), ("0 0 * * 0", "2023-11-19T00:00:00Z"),
            ("0 0 * * 7", "2023-11-19T00:00:00Z"), ("*/15 * * * *", "2023-11-14T22:15:00Z"),
            ("30 2 1 * *", "2023-12-01T02:30:00Z"), ("0 0 29 2 *", "2024-02-29T00:00:00Z"),
            ("0 12 1-7 jan mon-fri", "2024-01-01T12:00:00Z"),
            ("0 0 13 * FRI", "2023-11-17T00:00:00Z"), ("0 8,20 * * *", "2023-11-15T08:00:00Z"),
        ])
    func next(text: String, time: String) throws {
        let schedule = try #require(RotationSchedule(text))
        #expect(schedule.next(after: Self.now).rfc3339 == time)
    }

    @Test(
        "what is no schedule is refused",
        arguments: [
            "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
            "* * * 13 *", "* * * * 8", "5-1 * * * *", "*/0 * * * *", "a * * * *", "1, * * * *",
            "-1 * * * *", "0 0 31 2 *", "+1 * * * *",
        ])
    func refused(text: String) {
        #expect(RotationSchedule(text) == nil)
    }
}

@Suite struct SecrecyTests {
    @Test(
        "passwords in connection strings are not shown",
        arguments: [
            ("postgresql://u:{{password}}@h/d", "postgresql://u:{{password}}@h/d"),
            ("postgresql://u:s3cret@h/d", "postgresql://u:*****@h/d"),
            ("postgresql://u:a:b@c@h/d", "postgresql://u:*****@h/d"),
            (
                "postgresql://h/d?user=u&password=s3cret&x=1",
                "postgresql://h/d?user=u&password=*****&x=1"
            ),
            ("host=h password=s3cret user=u", "host=h password=***** user=u"),
            ("host=h password = 'a \\' b' user=u", "host=h password = ***** user=u"),
            ("host=h password={{password}}", "host=h password={{password}}"),
            ("u:s3cret@tcp(h:3306)/", "u:*****@tcp(h:3306)/"),
            ("postgresql://u@h/d", "postgresql://u@h/d"),
            ("host=h options='-c a=b@c:d'", "host=h options='-c a=b@c:d'"),
        ])
    func masked(text: String, shown: String) {
        #expect(ConnectionText.masked(text) == shown)
    }

    @Test("other people's texts lose secrets, control characters and length")
    func redacted() {
        let redaction = Redaction(["s3cret", "s3cret-longer", "ab"])
        #expect(redaction.clean("with s3cret-longer and s3cret\n") == "with ***** and *****")
        #expect(redaction.clean("ab stays") == "ab stays")
        #expect(redaction.clean(String(repeating: "x", count: 9_999)).utf8.count == 1_024)
    }
}
