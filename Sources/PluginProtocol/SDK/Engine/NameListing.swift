// LIST: the names directly below a prefix, folders with a slash at the end, in byte order. Storage
// hands them out in pages, which are put together up to a stated limit.

import JSON
public import Paths

public struct NameListing: Sendable {
    /// Names in one storage page.
    public static let pageNames = 5_000
    /// Names and their bytes in one answer. Who has more asks with `after` and `limit`: an answer
    /// cut off silently would make a name look absent.
    public static let maxNames = 500_000
    public static let maxBytes = 16 * 1024 * 1024

    /// What a path that lists declares.
    public static let fields: [Field] = [
        .string("after", "Begin behind this name."),
        .integer("limit", "How many names to answer; all by default."),
    ]

    private let prefix: String
    /// How many names the client wants; nil is all of them.
    private let wanted: Int?
    private var after: String
    /// Pages, and not one array: each step copies what it has, and copying pages is cheap.
    private var pages: [[String]] = []
    private var nameCount = 0
    private var byteCount = 0

    /// What is below `prefix` (which ends in a slash) and `path`, which is what the client listed,
    /// with or without its slash at the end, or empty. A limit of 0 is none.
    public init(prefix: String, path: String = "", after: String = "", limit: Int = 0) {
        let isFolder = path.isEmpty || path.utf8.last == UInt8(ascii: "/")
        self.prefix = prefix + path + (isFolder ? "" : "/")
        self.after = after
        wanted = limit > 0 ? limit : nil
    }

    /// The same, from where and how much the request's fields say.
    public static func outcome(
        _ request: Request, prefix: String, path: String = ""
    ) throws(PluginError) -> Outcome {
        let fields = try request.fields()
        return NameListing(
            prefix: prefix, path: path, after: fields.string("after") ?? "",
            limit: fields.integer("limit") ?? 0
        ).outcome()
    }

    public func outcome() -> Outcome {
        let missing = wanted.map { $0 - nameCount } ?? Self.pageNames
        return .list(
            prefix: prefix, after: after.isEmpty ? nil : after, limit: min(missing, Self.pageNames)
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
        if nameCount > Self.maxNames || byteCount > Self.maxBytes {
            throw PluginError(
                .invalidRequest,
                "more names than one answer can hold (\(Self.maxNames) names or \(Self.maxBytes) "
                    + "bytes): list them in parts with \"limit\" and \"after\"")
        }
    }

    /// No names are a 404.
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
