// The users that plugins run as when the server is root: one each, out of a range that nobody else
// uses, and the same one at every start, so that a folder can be given to it.

internal import Cryptography
internal import Synchronization

final class PluginUsers: Sendable {
    /// systemd leaves this range to nobody; within a container there may be no more than 65 536
    /// users, of which it and Debian leave these alone.
    static let ranges: [Range<UInt32>] = [1_900_000_000..<1_900_065_536, 62_000..<64_000]

    static func range(mapped: (Range<UInt32>) -> Bool) -> Range<UInt32>? {
        ranges.first(where: mapped)
    }

    private let range: Range<UInt32>
    private let holders = Mutex<[UInt32: String]>([:])

    init(_ range: Range<UInt32>) { self.range = range }

    /// The user of the plugin with this name. Two plugins never have the same one.
    func user(of name: String) -> UInt32? {
        let digest = SHA256.hash(Array(name.utf8))
        let start = digest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let count = UInt32(range.count)
        return holders.withLock { holders in
            var offset = start % count
            for _ in 0..<count {
                let user = range.lowerBound + offset
                if holders[user] == nil { holders[user] = name }
                if holders[user] == name { return user }
                offset = (offset + 1) % count
            }
            return nil
        }
    }
}
