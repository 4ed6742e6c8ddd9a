// The answer to a list without its names: `elide_list_responses`.

internal import JSON

/// `keys` and `key_info` become the number of what they hold, where they are the array and the
/// object that lists answer with; everything else is rewritten as always.
struct ListElision {
    let rewriter: DataRewriter

    func append(_ json: UnsafeRawBufferPointer, to lines: LineBuffer) -> Bool {
        guard JSONScanner.isObject(json) else { return rewriter.append(json, to: lines) }
        let start = lines.count
        var isUnderstood = true
        var isFirst = true
        lines.append(UInt8(ascii: "{"))
        JSONScanner.forEachMember(in: json) { key, value in
            if !isFirst { lines.append(UInt8(ascii: ",")) }
            isFirst = false
            let quoted = json[(key.lowerBound - 1)..<(key.upperBound + 1)]
            lines.append(UnsafeRawBufferPointer(rebasing: quoted))
            lines.append(UInt8(ascii: ":"))
            let bytes = UnsafeRawBufferPointer(rebasing: json[value])
            let name = JSONScanner.string(inside: key, of: json)
            if let count = count(of: bytes, at: name) {
                lines.append(Int64(count))
            } else if !rewriter.append(bytes, named: name, to: lines) {
                isUnderstood = false
            }
        }
        lines.append(UInt8(ascii: "}"))
        if !isUnderstood { lines.truncate(to: start) }
        return isUnderstood
    }

    private func count(of value: UnsafeRawBufferPointer, at key: String) -> Int? {
        var count = 0
        switch (key, value.first) {
        case ("keys", UInt8(ascii: "[")):
            JSONScanner.forEachElement(in: value) { _ in count += 1 }
        case ("key_info", UInt8(ascii: "{")):
            JSONScanner.forEachMember(in: value) { _, _ in count += 1 }
        default: return nil
        }
        return count
    }
}
