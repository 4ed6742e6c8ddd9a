// The parameters that a path declares, held against those that a write brings.

import Glibc
import JSON
import Paths

/// It goes over a request's members by their names alone, and makes nothing of those that are
/// declared: this happens to every write.
struct DeclaredNames: Sendable {
    private let bytes: [UInt8]
    /// Where each name ends in `bytes`.
    private let ends: [Int]

    /// Nil for a path that takes members of any name.
    init?(_ path: Path) {
        guard !path.fields.isEmpty, !path.takesAnyMembers else { return nil }
        var bytes: [UInt8] = []
        var ends: [Int] = []
        for name in path.fields.map(\.name) + PathPattern(path.pattern).captureNames {
            bytes += Array(name.utf8)
            ends.append(bytes.count)
        }
        self.bytes = bytes
        self.ends = ends
    }

    /// The names of members that are not declared. `data` is what the core found to be JSON.
    func unknown(in data: [UInt8]) -> [String] {
        var unknown: [String] = []
        data.withUnsafeBytes { data in
            JSONScanner.forEachMember(in: data) { key, _ in
                guard !declares(UnsafeRawBufferPointer(rebasing: data[key])) else { return }
                var name = JSONScanner.string(inside: key, of: data)
                // One that was written with escapes.
                guard !name.withUTF8({ declares(UnsafeRawBufferPointer($0)) }) else { return }
                unknown.append(name)
            }
        }
        return unknown
    }

    private func declares(_ name: UnsafeRawBufferPointer) -> Bool {
        guard let start = name.baseAddress else { return false }
        return bytes.withUnsafeBytes { bytes in
            var place = 0
            for end in ends {
                if end - place == name.count, let known = bytes.baseAddress,
                    memcmp(known + place, start, name.count) == 0
                {
                    return true
                }
                place = end
            }
            return false
        }
    }
}
