// LIST, for both versions: the names directly below a path, folders with a slash at the end, in
// byte order. Storage hands them out in pages, which are put together up to a stated limit.

import JSON
import PluginSDK

struct Listing: Sendable {
    private let prefix: String
    /// How many names the client wants; nil is all of them.
    private let wanted: Int?
    private var after: String
    /// Pages, and not one array: each step copies what it has, and copying pages is cheap.
    private var pages: [[String]] = []
    private var nameCount = 0
    private var byteCount = 0

    /// `path` is what the client listed, with or without its slash at the end, or empty.
    init(prefix: String, path: String, after: String, limit: Int?) {
        self.prefix =
            path.isEmpty || path.utf8.last == UInt8(ascii: "/")
            ? prefix + path : prefix + path + "/"
        self.after = after
        wanted = limit
    }

    func outcome() -> Outcome {
        let missing = wanted.map { $0 - nameCount } ?? Limits.listPageNames
        return .list(
            prefix: prefix, after: after.isEmpty ? nil : after,
            limit: min(missing, Limits.listPageNames)
        ) { page in
            var next = self
            try next.take(page.names)
            guard page.more, let last = page.names.last, next.nameCount < next.wanted ?? .max
            else { return .answer(next.answer) }
            next.after = last
            return next.outcome()
        }
    }

    private mutating func take(_ names: [String]) throws(PluginError) {
        pages.append(names)
        nameCount += names.count
        byteCount += names.reduce(0) { $0 + $1.utf8.count }
        if nameCount > Limits.maxListedNames || byteCount > Limits.maxListedBytes {
            throw PluginError(
                .invalidRequest,
                "more keys than one answer can hold (\(Limits.maxListedNames) keys or "
                    + "\(Limits.maxListedBytes) bytes): list them in parts with \"limit\" and "
                    + "\"after\"")
        }
    }

    /// Nothing below a path is the same as no such path: 404 with empty errors.
    private var answer: Answer {
        if nameCount == 0 { return .none }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("keys")
        writer.beginArray()
        for name in pages.joined() { writer.string(name) }
        writer.endArray()
        writer.endObject()
        return .json(writer.bytes)
    }
}
