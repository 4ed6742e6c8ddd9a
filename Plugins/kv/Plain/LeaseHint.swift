// The lease_duration of a version 1 secret: what its own field "ttl", or else "lease", says.

import JSON
import Paths

enum LeaseHint {
    /// Nil if the secret has no such field or it is no duration of zero or more seconds.
    static func seconds(in data: ArraySlice<UInt8>) -> UInt64? {
        let value = data.withUnsafeBytes { bytes -> JSONValue? in
            guard
                let range = JSONScanner.member("ttl", in: bytes)
                    ?? JSONScanner.member("lease", in: bytes)
            else { return nil }
            return try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        let seconds: Int? =
            switch value {
            case .string(let text): DurationText.seconds(text)
            case .number(let number): DurationText.seconds(number.text)
            default: nil
            }
        return seconds.flatMap { UInt64(exactly: $0) }
    }
}
