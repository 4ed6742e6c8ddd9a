// From the JSON of a request or an answer to what may be logged of it, in one pass over the bytes:
// no tree is made.

internal import Glibc
internal import JSON

/// Strings become their digests; keys, numbers, `true`, `false` and `null` stay. Space between
/// tokens goes, so that the result is one line.
///
/// The input was validated before. Were it not, the rewriter would give up instead of passing
/// anything through that it does not understand.
struct DataRewriter {
    /// `nil` writes strings as they are.
    let hash: SaltedHash?
    let plainKeys: [String]

    /// Appends the rewritten value; `false` if the input is no JSON, and then `output` is unchanged
    /// and the caller has to do without.
    func append(_ json: UnsafeRawBufferPointer, to output: LineBuffer) -> Bool {
        append(json, isPlain: false, to: output)
    }

    /// The same for the value of a member, whose name decides about its own strings.
    func append(
        _ json: UnsafeRawBufferPointer, named key: String, to output: LineBuffer
    ) -> Bool {
        let isPlain = plainKeys.contains { $0.utf8.elementsEqual(key.utf8) }
        return append(json, isPlain: isPlain, to: output)
    }

    private func append(
        _ json: UnsafeRawBufferPointer, isPlain: Bool, to output: LineBuffer
    ) -> Bool {
        let start = output.count
        var run = Run(json: json, keepsKeys: hash != nil && !plainKeys.isEmpty)
        run.isPlainOutside = isPlain
        guard rewrite(&run, into: output), run.isBalanced else {
            output.truncate(to: start)
            return false
        }
        return true
    }

    private func rewrite(_ run: inout Run, into output: LineBuffer) -> Bool {
        let json = run.json
        while run.at < json.count {
            switch json[run.at] {
            case UInt8(ascii: "\""):
                guard let end = run.endOfString() else { return false }
                let inside = (run.at + 1)..<(end - 1)
                if run.expectsKey {
                    run.noteKey(inside)
                } else if let hash, !isPlain(run) {
                    run.flush(into: output)
                    appendDigest(of: inside, in: json, hash, to: output)
                    run.copied = end
                }
                run.at = end
                continue
            case UInt8(ascii: "{"): guard run.open(isObject: true) else { return false }
            case UInt8(ascii: "["): guard run.open(isObject: false) else { return false }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard run.close() else { return false }
            case UInt8(ascii: ","): run.expectsKey = run.isInObject
            case UInt8(ascii: ":"): run.expectsKey = false
            case 0x20, 0x09, 0x0A, 0x0D:
                run.flush(into: output)
                run.copied = run.at + 1
            case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "-"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard run.skipScalar() else { return false }
                continue
            default: return false
            }
            run.at += 1
        }
        run.flush(into: output)
        return true
    }

    /// What is hashed is the text that the string stands for, so that `sys/audit-hash` finds it
    /// however it was written.
    private func appendDigest(
        of inside: Range<Int>, in json: UnsafeRawBufferPointer, _ hash: SaltedHash,
        to output: LineBuffer
    ) {
        let bytes = UnsafeRawBufferPointer(rebasing: json[inside])
        guard let base = bytes.baseAddress,
            memchr(base, Int32(UInt8(ascii: "\\")), bytes.count) != nil
        else {
            return output.append(hash.jsonString(of: bytes))
        }
        var text = JSONScanner.string(inside: inside, of: json)
        text.withUTF8 { output.append(hash.jsonString(of: UnsafeRawBufferPointer($0))) }
    }

    private func isPlain(_ run: Run) -> Bool {
        guard run.keepsKeys else { return run.isPlainOutside }
        guard let key = run.currentKey else { return run.isPlainOutside }
        let json = run.json
        let bytes = json[key]
        if bytes.contains(UInt8(ascii: "\\")) {
            let name = JSONScanner.string(inside: key, of: json)
            return plainKeys.contains { $0.utf8.elementsEqual(name.utf8) }
        }
        return plainKeys.contains { $0.utf8.elementsEqual(bytes) }
    }
}

/// Where the rewriter is.
private struct Run {
    let json: UnsafeRawBufferPointer
    let keepsKeys: Bool
    var at = 0
    /// Everything before was written.
    var copied = 0
    var expectsKey = false
    /// Whether strings that belong to no key of this text are plain.
    var isPlainOutside = false
    private var depth = 0
    /// Whether each open container is an object, the innermost in the lowest bit.
    private var objects: UInt128 = 0
    /// The key that each open container's values belong to.
    private var keys: [Range<Int>?] = []

    init(json: UnsafeRawBufferPointer, keepsKeys: Bool) {
        self.json = json
        self.keepsKeys = keepsKeys
    }

    var isBalanced: Bool { depth == 0 }
    var isInObject: Bool { depth > 0 && objects & 1 == 1 }
    /// The key of the value at hand: the elements of an array have that of the array.
    var currentKey: Range<Int>? { keys.last ?? nil }

    /// `false` where it is deeper than any data may be.
    mutating func open(isObject: Bool) -> Bool {
        guard depth < UInt128.bitWidth else { return false }
        depth += 1
        objects = objects << 1 | (isObject ? 1 : 0)
        expectsKey = isObject
        if keepsKeys { keys.append(isObject ? nil : currentKey) }
        return true
    }

    mutating func close() -> Bool {
        guard depth > 0 else { return false }
        depth -= 1
        objects >>= 1
        if keepsKeys { _ = keys.popLast() }
        expectsKey = false
        return true
    }

    mutating func noteKey(_ range: Range<Int>) {
        guard keepsKeys, !keys.isEmpty else { return }
        keys[keys.count - 1] = range
    }

    func flush(into output: LineBuffer) {
        if at > copied { output.append(UnsafeRawBufferPointer(rebasing: json[copied..<at])) }
    }

    /// A number or one of the three words; no other word is written, since it could be a secret.
    mutating func skipScalar() -> Bool {
        let word: StaticString? =
            switch json[at] {
            case UInt8(ascii: "t"): "true"
            case UInt8(ascii: "f"): "false"
            case UInt8(ascii: "n"): "null"
            default: nil
            }
        if let word { return skip(word) }
        let start = at
        while at < json.count, Self.isOfNumber(json[at]) { at += 1 }
        return at > start
    }

    private mutating func skip(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard let base = json.baseAddress, json.count - at >= count,
            memcmp(base + at, word.utf8Start, count) == 0
        else { return false }
        at += count
        return true
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    /// Behind the closing quote of the string that begins here.
    func endOfString() -> Int? {
        guard let base = json.baseAddress else { return nil }
        var from = at + 1
        while from < json.count {
            guard
                let quote = memchr(base + from, Int32(UInt8(ascii: "\"")), json.count - from)
            else { return nil }
            let place = UnsafeRawPointer(quote) - base
            var first = place
            while first > at + 1, json[first - 1] == UInt8(ascii: "\\") { first -= 1 }
            if (place - first) % 2 == 0 { return place + 1 }
            from = place + 1
        }
        return nil
    }
}
