// `coffer pki health-check`.

import Certificates
import Clock
import JSON

extension Command {
    static let pkiHealthCheck = Command(
        "pki health-check", "Checks whether a mount is well", usage: "[options] MOUNT",
        about: """
            Looks at issuers, revocation lists, roles, the mount's tuning and tidies, with the \
            rights of the token, and changes nothing. -list shows the checks and their parameters; \
            a JSON file of that form changes them. There is no check of policies \
            (policy_allow_endpoints) and none of keys in hardware (hardware_backed_root).

            The exit code is the most severe finding: 0 if all is well, 2 informational, 3 \
            warning, 4 critical, 5 if the server lacks what a check reads, 6 if the token may not \
            read it. 1 is a wrong command line, a server that does not answer, or a path without a \
            PKI mount.
            """,
        examples: [
            Example("Check a mount:", "coffer pki health-check pki"),
            Example(
                "Fail on what is critical only, with thresholds of your own:",
                "coffer pki health-check -return-indicator=critical -health-config=pki.json pki"),
        ],
        flags: HealthFlags.all, takes: .exactly(1)
    ) { call in
        let settings = try call.healthSettings()
        if call.flags.bool(HealthFlags.list) {
            if call.output.isTable { call.console.printLine("Default health check config:") }
            try call.output.value(settings.json)
            return .success
        }
        let context = HealthContext(
            mount: APIPath.sanitized(call.arguments[0]), client: try call.steppingClient(),
            now: CertificateTime(Timestamp.now))
        try await context.requireMount()
        var findings: [(name: String, results: [HealthResult])] = []
        for check in HealthCheck.all where settings.isEnabled(check) {
            let results = try await check.run(context, settings.parameters(of: check))
            findings.append((check.name, results))
        }
        try call.show(findings)
        let worst = findings.flatMap(\.results).map(\.status).max() ?? .ok
        return worst.exitCode(indicator: call.flags.string(HealthFlags.indicator) ?? "default")
    }
}

private enum HealthFlags {
    static let list = Flag(
        "list", .boolean, "Show the checks and their parameters, and run none.")
    static let file = Flag(
        "health-config", .string, "Path to a JSON file with changes to checks and parameters.",
        placeholder: "path")
    static let indicator = Flag(
        "return-indicator", .string,
        "The least finding for which the exit code is not 0: permission, critical, warning, or "
            + "informational, which is the default.",
        placeholder: "severity", fallback: "default",
        choices: ["default", "informational", "warning", "critical", "permission"])
    static let defaultDisabled = Flag(
        "default-disabled", .boolean, "Run only the checks that the file enables.")

    static let all = [list, file, indicator, defaultDisabled]
}

extension Invocation {
    fileprivate func healthSettings() throws -> HealthSettings {
        var file = JSONObject()
        if let path = flags.string(HealthFlags.file) {
            let bytes: [UInt8]
            do { bytes = try LocalFile.read(path) } catch {
                throw UsageError("error reading file: \(error.message)")
            }
            guard let members = try? JSONValue(parsing: bytes).objectValue else {
                throw UsageError("\(path) is not a JSON object")
            }
            file = members
        }
        return try HealthSettings(
            HealthCheck.all, enabledByDefault: !flags.bool(HealthFlags.defaultDisabled), file: file)
    }

    fileprivate func show(
        _ findings: [(name: String, results: [HealthResult])]
    ) throws {
        guard output.isTable else {
            try output.value(
                .object(JSONObject(findings.map { ($0.name, .array($0.results.map(\.json))) })))
            return
        }
        for (index, finding) in findings.enumerated() {
            if index > 0 { console.printLine("\n") }
            console.printLine(
                finding.name + "\n" + String(repeating: "-", count: finding.name.utf8.count))
            var table = Table("status", "endpoint", "message")
            for result in finding.results {
                table.append(result.status.name, result.endpoint, result.message)
            }
            console.printLine(table.text)
        }
    }
}
