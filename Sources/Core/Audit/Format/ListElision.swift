// The answer to a list without its names: `elide_list_responses`.

internal import JSON

/// `keys` and `key_info` become the number of what they hold, where they are the array and the
/// object that lists answer with; everything else is rewritten as always.
struct ListElision {
    let rewriter: DataRewriter

    func append(_ json: UnsafeRawBufferPointer, to output: inout [UInt8]) -> Bool {
        guard JSONScanner.isObject(json) else { return rewriter.append(json, to: &output) }
        let start = output.count
        var isUnderstood = true
        output.append(UInt8(ascii: "{"))
        JSONScanner.forEachMember(in: json) { key, value in
            if output.last != UInt8(ascii: "{") { output.append(UInt8(ascii: ",")) }
            output.append(contentsOf: json[(key.lowerBound - 1)..<(key.upperBound + 1)])
            output.append(UInt8(ascii: ":"))
            let bytes = UnsafeRawBufferPointer(rebasing: json[value])
            let name = JSONScanner.string(inside: key, of: json)
            if let count = count(of: bytes, at: name) {
                output.append(contentsOf: String(count).utf8)
            } else if !rewriter.append(bytes, named: name, to: &output) {
                isUnderstood = false
            }
        }
        output.append(UInt8(ascii: "}"))
        if !isUnderstood { output.removeLast(output.count - start) }
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
