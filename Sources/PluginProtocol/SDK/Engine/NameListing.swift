// LIST: the names directly below a prefix, in byte order. Storage hands them out in pages, which
// are put together up to a stated limit.

import JSON
public import Paths

public struct NameListing: Sendable {
    /// Names in one storage page, and names in one answer.
    private static let pageNames = 5_000
    private static let maxNames = 500_000

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

    private init(prefix: String, after: String, wanted: Int?) {
        self.prefix = prefix
        self.after = after
        self.wanted = wanted
    }

    /// Lists what is below `prefix` (which ends in a slash) as the request's fields say.
    public static func outcome(_ request: Request, prefix: String) throws(PluginError) -> Outcome {
        let fields = try request.fields()
        let limit = fields.integer("limit") ?? 0
        return NameListing(
            prefix: prefix, after: fields.string("after") ?? "", wanted: limit > 0 ? limit : nil
        ).outcome()
    }

    private func outcome() -> Outcome {
        let missing = wanted.map { $0 - nameCount } ?? Self.pageNames
        return .list(
            prefix: prefix, after: after.isEmpty ? nil : after, limit: min(missing, Self.pageNames)
        ) { page in
            var next = self
            next.pages.append(page.names)
            next.nameCount += page.names.count
            if next.nameCount > Self.maxNames {
                throw PluginError(
                    .invalidRequest,
                    "more names than one answer can hold (\(Self.maxNames)): list them in parts "
                        + "with \"limit\" and \"after\"")
            }
            guard page.more, let last = page.names.last, next.nameCount < next.wanted ?? .max
            else { return .answer(next.answer) }
            next.after = last
            return next.outcome()
        }
    }

    /// No names are a 404.
    private var answer: Answer {
        if nameCount == 0 { return .none }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("keys", Array(pages.joined()))
        writer.endObject()
        return .json(writer.bytes)
    }
}
