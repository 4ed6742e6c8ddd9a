// The little of Redis' protocol that this takes: a command is a list of texts with their lengths,
// so nothing in a name can become another command.

import Glibc
import PluginSDK

final class RedisConnection {
    enum Reply: Equatable {
        case nothing, something
        case text(String)
    }

    /// Less than the engine waits for an answer.
    private static let seconds = 10
    private let descriptor: Int32
    private var input: [UInt8] = []

    /// On this machine: the plugin needs no more of the network than that.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var limit = timeval(tv_sec: Self.seconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(
                descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let text = String(cString: strerror(errno))
            throw PluginError(.upstreamFailed, "no connection to the server: \(text)")
        }
    }

    deinit { close(descriptor) }

    @discardableResult
    func run(_ command: [String], failingAs code: FailureCode = .upstreamFailed) throws -> Reply {
        try send(Self.encode(command))
        let line = try readLine()
        switch line.first {
        case UInt8(ascii: "-"):
            throw PluginError(code, String(decoding: line.dropFirst(), as: UTF8.self))
        case UInt8(ascii: "$"), UInt8(ascii: "*"):
            // What follows is of no interest, and the session is not used for anything else.
            return line.dropFirst().elementsEqual("-1".utf8) ? .nothing : try skip(line)
        case UInt8(ascii: "_"): return .nothing
        default: return .text(String(decoding: line.dropFirst(), as: UTF8.self))
        }
    }

    static func encode(_ command: [String]) -> [UInt8] {
        var bytes = Array("*\(command.count)\r\n".utf8)
        for word in command {
            bytes += Array("$\(word.utf8.count)\r\n".utf8) + Array(word.utf8) + [13, 10]
        }
        return bytes
    }

    /// Reads a text or a list to its end.
    private func skip(_ line: [UInt8]) throws -> Reply {
        guard let count = Int(String(decoding: line.dropFirst(), as: UTF8.self)) else { throw lost }
        if line.first == UInt8(ascii: "*") {
            for _ in 0..<max(0, count) { _ = try skipOne() }
        } else if count >= 0 {
            _ = try take(count + 2)
        }
        return .something
    }

    private func skipOne() throws -> Reply {
        let line = try readLine()
        switch line.first {
        case UInt8(ascii: "$"), UInt8(ascii: "*"): return try skip(line)
        default: return .something
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw lost }
            rest = rest.dropFirst(count)
        }
    }

    private func readLine() throws -> [UInt8] {
        while true {
            if let end = input.firstIndex(of: 13), end + 1 < input.count {
                let line = Array(input[..<end])
                input.removeFirst(end + 2)
                return line
            }
            try fill()
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while input.count < count { try fill() }
        defer { input.removeFirst(count) }
        return Array(input.prefix(count))
    }

    private func fill() throws {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0, input.count < 1 << 20 else { throw lost }
        input += bytes.prefix(count)
    }

    private var lost: PluginError {
        PluginError(.upstreamFailed, "the connection to the server was lost")
    }
}
