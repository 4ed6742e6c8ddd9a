// An engine that tries to get out: it makes any system call that it is told to, and takes whatever
// it gets of processes, threads and memory. What came of it is its answer.

import CHostile
import Glibc
import JSON
import Paths
import PluginSDK

struct Hostile: Plugin {
    static let name = "hostile"
    static let version = "6.6.6"
    static let type = PluginType.secret

    func engine(for mount: MountConfiguration) throws -> Engine {
        Engine(paths: [
            Path("call", .update, help: "Makes a system call.") { request in
                try result(call(body(of: request)))
            },
            Path("file", .update, help: "Opens a file.") { request in
                let asked = try body(of: request)
                let path = asked["path"]?.stringValue ?? ""
                let descriptor = open(path, Int32(asked["flags"]?.intValue ?? 0), 0o600)
                guard descriptor >= 0 else { return result(-Int(errno)) }
                defer { close(descriptor) }
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = read(descriptor, &bytes, bytes.count)
                return result(count < 0 ? -Int(errno) : count)
            },
            Path("connect", .update, help: "Connects to a port of this machine.") { request in
                let asked = try body(of: request)
                return result(connectTo(port: UInt16(clamping: asked["port"]?.intValue ?? 0)))
            },
            take("forks") { most, _ in Int(hostile_forks(most)) },
            take("threads") { most, seconds in Int(hostile_threads(most, seconds, 0)) },
            take("spin") { most, seconds in Int(hostile_threads(most, seconds, 1)) },
            take("memory") { most, seconds in Int(hostile_memory(most, seconds)) },
            Path("refusals", .update, help: "Asks for sockets all the time.") { request in
                for _ in 0..<(try body(of: request)["most"]?.intValue ?? 0) {
                    _ = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
                }
                return result(0)
            },
            Path("who", .read, help: "Tells about its process.") { _ in
                var environment: [JSONValue] = []
                var next = environ
                while let entry = next.pointee {
                    environment.append(.string(String(cString: entry)))
                    next += 1
                }
                return .answer(
                    .data([
                        "pid": .number(JSONNumber(Int(getpid()))),
                        "parent": .number(JSONNumber(Int(getppid()))),
                        "user": .number(JSONNumber(Int(geteuid()))),
                        "environment": .array(environment),
                    ]))
            },
            Path("lease", .read, help: "Claims another mount's lease.") { _ in
                .answer(.data(["lease_id": "secret/creds/somebody", "auth": "root"]))
            },
            Path("login", .update, help: "Mints a token.") { _ in
                .answer(.auth(AuthGrant(policies: ["admin"])))
            },
            Path("hang", .update, help: "Never answers.") { _ in while true { pause() } },
            Path("flood", .update, help: "Logs without end.") { request in
                let line = Array("{\"@level\":\"info\",\"@message\":\"flood\"}\n".utf8)
                for _ in 0..<(try body(of: request)["most"]?.intValue ?? 0) {
                    _ = write(STDERR_FILENO, line, line.count)
                }
                return result(0)
            },
        ])
    }

    private func take(_ name: String, _ taking: @escaping @Sendable (Int32, Int32) -> Int) -> Path {
        Path(PathPattern(name).text, .update, help: "Takes what it gets.") { request in
            let most = Int32(clamping: try body(of: request)["most"]?.intValue ?? 0)
            let seconds = Int32(clamping: try body(of: request)["seconds"]?.intValue ?? 1)
            return result(taking(most, seconds))
        }
    }

    private func body(of request: Request) throws -> JSONValue { try request.body() ?? .null }

    private func result(_ value: Int) -> Outcome {
        .answer(.data(["result": .number(JSONNumber(value))]))
    }

    private func connectTo(port: UInt16) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return -Int(errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                connect(descriptor, $0.baseAddress, socklen_t(bytes.count))
            }
        }
        return connected == 0 ? 0 : -Int(errno)
    }

    /// Numbers as they are, texts by their address.
    private func call(_ body: JSONValue) -> Int {
        var texts: [UnsafeMutablePointer<CChar>] = []
        defer { for text in texts { free(text) } }
        var arguments: [Int] = []
        for argument in body["arguments"]?.arrayValue ?? [] {
            if let text = argument.stringValue, let copy = strdup(text) {
                texts.append(copy)
                arguments.append(Int(bitPattern: copy))
            } else {
                arguments.append(argument.intValue ?? 0)
            }
        }
        arguments += [Int](repeating: 0, count: max(0, 6 - arguments.count))
        return hostile_call(body["number"]?.intValue ?? -1, arguments)
    }
}
