// A folder that goes away with the test.

import Glibc

final class Scratch {
    struct Failed: Error { let step: String }

    let path: String

    init() throws {
        var template = Array("/tmp/coffer-http-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failed(step: "mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { _ = try? Self.run(["rm", "-rf", path]) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ text: String, to name: String) throws -> String {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw Failed(step: "open") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Failed(step: "write")
        }
        return path
    }

    /// Runs a program to its end, without its output.
    static func run(_ arguments: [String]) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor: CInt in [1, 2] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        let program = arguments[0]
        var arguments: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        defer { for argument in arguments { free(argument) } }
        arguments.append(nil)
        var process: pid_t = 0
        guard posix_spawnp(&process, program, &actions, nil, arguments, environ) == 0 else {
            throw Failed(step: "spawn")
        }
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        guard status == 0 else { throw Failed(step: "the program failed") }
    }
}

/// Certificates made by the `openssl` program.
struct TestCertificate {
    let certificate: String
    let key: String

    /// Self-signed, or signed by `issuer`.
    init(_ name: String, in scratch: Scratch, issuer: TestCertificate? = nil) throws {
        certificate = scratch.file("\(name).pem")
        key = scratch.file("\(name).key")
        var command = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout", key, "-out", certificate,
            "-addext", "subjectAltName=IP:127.0.0.1",
        ]
        if let issuer { command += ["-CA", issuer.certificate, "-CAkey", issuer.key] }
        try Scratch.run(command)
    }
}
