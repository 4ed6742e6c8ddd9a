// Credentials outside: each is a file in a folder, until it is revoked.
//
// A file `mood` in the folder says how the outside is: "failing" or "hanging", well if it is not
// there.

import Glibc
import JSON
import Paths
import PluginSDK

struct Leasing: Sendable {
    let folder: String

    var secrets: [LeasedSecret] { [file, fixed, nothing] }

    private var file: LeasedSecret { LeasedSecret("file", revoke: remove, renew: renew) }
    private var fixed: LeasedSecret { LeasedSecret("fixed", revoke: remove) }

    /// A lease and nothing else, to see what a lease alone costs.
    private var nothing: LeasedSecret {
        LeasedSecret("nothing", revoke: { _ in .answer(.none) }, renew: { _ in .answer(.none) })
    }

    var paths: [Path] {
        let fields: [Field] = [
            .duration("ttl", "Lifetime."), .duration("max_ttl", "Longest lifetime."),
            .boolean("renewable", default: true, "Whether it can be renewed."),
            .string("then", default: "", "What happens when it is made."),
        ]
        return [
            Path(
                "creds/:name", [.read: make, .update: make], fields: fields,
                help: "Makes a credential."),
            Path("nothing/:name", .update, fields: fields, help: "Makes a lease.") { request in
                let ttl = UInt64(try request.fields().duration("ttl") ?? 0)
                return .answer(nothing.answer(["username": "nobody"], ttlSeconds: ttl))
            },
        ]
    }

    private func make(_ request: Request) throws -> Outcome {
        let fields = try request.fields()
        let secret = fields.boolean("renewable") ?? true ? file : fixed
        let id = request.requestIDBytes.map { String($0, radix: 16) }.joined()
        let name = (request.captures["name"] ?? "") + "-" + id
        let kept: JSONValue = ["file": .string(name)]
        let then = fields.string("then") ?? ""
        let ttl = UInt64(fields.duration("ttl") ?? 0)
        let maxTTL = UInt64(fields.duration("max_ttl") ?? 0)
        return .intend(secret.intent(kept)) {
            try create(name)
            switch then {
            // The server dies between the credential and its lease.
            case "kill": kill(getppid(), SIGKILL)
            case "exit": exit(7)
            case "fail": throw PluginError(.upstreamFailed, "it went wrong")
            default: break
            }
            return .answer(
                secret.answer(
                    ["username": .string(name)], keeping: kept, ttlSeconds: ttl,
                    maxTTLSeconds: maxTTL))
        }
    }

    private func create(_ name: String) throws {
        let descriptor = open("\(folder)/\(name)", O_CREAT | O_EXCL | O_WRONLY, 0o600)
        guard descriptor >= 0 else { throw PluginError(.upstreamFailed, "no file was made") }
        fsync(descriptor)
        close(descriptor)
    }

    private func checkMood() throws {
        guard let file = fopen("\(folder)/mood", "r") else { return }
        var line = [UInt8](repeating: 0, count: 32)
        let count = fread(&line, 1, line.count, file)
        fclose(file)
        switch String(decoding: line.prefix(count), as: UTF8.self) {
        case "failing": throw PluginError(.upstreamFailed, "the outside is down")
        case "hanging": while true { pause() }
        default: break
        }
    }

    private func remove(_ request: Request) throws -> Outcome {
        try checkMood()
        let kept = try JSONValue(parsing: request.internalData)
        guard let name = kept["file"]?.stringValue else {
            throw PluginError(.internalError, "what was kept did not come back")
        }
        // Gone already is as good.
        _ = unlink("\(folder)/\(name)")
        return .answer(.none)
    }

    private func renew(_ request: Request) throws -> Outcome {
        try checkMood()
        return .answer(.none)
    }
}
