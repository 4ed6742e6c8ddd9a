// Runs the command line in this process, in a home folder of its own.

import Glibc

@testable import CLI

struct Outcome: Sendable {
    let code: Int32
    let out: String
    let err: String
    let prompts: [String]
}

func coffer(
    _ arguments: [String], server: FakeServer? = nil, environment: [String: String] = [:],
    input: String = "", hidden: [String] = [], isTerminal: Bool = false,
    serverRunner: ServerRunner? = nil
) async -> Outcome {
    // A busy machine is no reason to give up: the one test of the timeout sets its own.
    var variables = [
        "HOME": "/nonexistent", "VAULT_TOKEN": "hvs.test", "VAULT_CLIENT_TIMEOUT": "10m",
    ]
    if let server { variables["VAULT_ADDR"] = server.address }
    variables.merge(environment) { $1 }
    let console = RecordingConsole(input: input, hidden: hidden, isTerminal: isTerminal)
    let world = World(
        console: console, environment: Environment(variables), serverRunner: serverRunner,
        retryWaitMilliseconds: 0)
    let code = await CommandLineTool(world: world).run(arguments)
    return Outcome(code: code, out: console.out, err: console.err, prompts: console.prompts)
}

/// `coffer("kv get secret/x", ...)` where no argument has a space in it.
func coffer(
    _ line: String, server: FakeServer? = nil, environment: [String: String] = [:],
    input: String = "", hidden: [String] = [], isTerminal: Bool = false,
    serverRunner: ServerRunner? = nil
) async -> Outcome {
    await coffer(
        line.split(separator: " ").map(String.init), server: server, environment: environment,
        input: input, hidden: hidden, isTerminal: isTerminal, serverRunner: serverRunner)
}

struct FolderError: Error {}

/// A folder that is gone afterwards.
func withTemporaryFolder<T: Sendable>(_ body: (String) async throws -> T) async throws -> T {
    var template = Array("/tmp/coffer-cli-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw FolderError() }
    let path = String(cString: made)
    let result: Result<T, any Error>
    do {
        result = .success(try await body(path))
    } catch {
        result = .failure(error)
    }
    removeFolder(path)
    return try result.get()
}

private func removeFolder(_ path: String) {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { unlink(path + "/" + name) }
    }
    closedir(folder)
    rmdir(path)
}
