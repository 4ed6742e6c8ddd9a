// Matching a path against a pattern: one pass over the bytes, nothing allocated.

typealias PathBytes = UnsafeBufferPointer<UInt8>

extension PathPattern {
    func match(utf8 path: PathBytes) -> CaptureRanges? {
        guard path.count <= Int(UInt32.max) else { return nil }
        var end = path.count
        if allowsFinalSlash, end > 0, path[end - 1] == Byte.slash { end -= 1 }
        var ranges = CaptureRanges()
        var position = 0
        for index in leading.indices {
            switch leading[index] {
            case .literal(let place):
                if isLiteral(place, in: path, at: position, end: end) {
                    position += place.count
                    continue
                }
                // `metadata/:path*?` also matches `metadata`.
                let shorter = LiteralPlace(start: place.start, count: place.count - 1)
                guard rest == .optional, index == leading.count - 1,
                    literals[shorter.range.upperBound] == Byte.slash,
                    end - position == shorter.count,
                    isLiteral(shorter, in: path, at: position, end: end)
                else { return nil }
                position = end
            case .segment:
                let start = position
                while position < end, path[position] != Byte.slash { position += 1 }
                guard position > start else { return nil }
                ranges.append(start..<position)
            }
        }
        guard let rest else { return position == end ? ranges : nil }
        guard trailing.isEmpty else {
            return matchTrailing(path, from: position, to: end, ranges)
        }
        guard position < end || rest == .optional else { return nil }
        ranges.append(position..<end)
        return ranges
    }

    /// The tail is matched from the end, and what remains is the rest: there is no backtracking.
    private func matchTrailing(
        _ path: PathBytes, from start: Int, to end: Int, _ found: CaptureRanges
    ) -> CaptureRanges? {
        var backwards = CaptureRanges()
        var position = end
        for part in trailing.reversed() {
            switch part {
            case .literal(let place):
                let first = position - place.count
                guard first >= start, isLiteral(place, in: path, at: first, end: position) else {
                    return nil
                }
                position = first
            case .segment:
                let last = position
                while position > start, path[position - 1] != Byte.slash { position -= 1 }
                guard position < last else { return nil }
                backwards.append(position..<last)
            }
        }
        guard position > start else { return nil }
        var ranges = found
        ranges.append(start..<position)
        for index in (0..<backwards.count).reversed() { ranges.append(backwards[index]) }
        return ranges
    }

    @inline(__always)
    private func isLiteral(
        _ place: LiteralPlace, in path: PathBytes, at position: Int, end: Int
    ) -> Bool {
        guard end - position >= place.count else { return false }
        for offset in 0..<place.count
        where literals[place.start + offset] != path[position + offset] {
            return false
        }
        return true
    }
}
