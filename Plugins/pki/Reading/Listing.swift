// LIST: names in byte order. Storage hands them out in pages, which are put together up to a stated
// limit.

import JSON
import Paths
import PluginSDK

struct Listing: Sendable {
    static let fields: [Field] = [
        .string("after", default: "", "Names after this one."),
        .integer("limit", default: 0, "How many names; 0 is all of them."),
    ]

    let prefix: String
    /// How many names the client wants; nil is all of them.
    private let wanted: Int?
    private var after: String
    /// Pages, and not one array: each step copies what it has, and copying pages is cheap.
    private var pages: [[String]] = []
    private var nameCount = 0

    init(prefix: String, _ fields: FieldValues) {
        self.prefix = prefix
        after = fields.string("after") ?? ""
        wanted = fields.integer("limit").flatMap { $0 > 0 ? $0 : nil }
    }

    func outcome(
        then: @escaping @Sendable ([String]) throws -> Outcome = { .answer(Self.answer($0)) }
    ) -> Outcome {
        let missing = wanted.map { $0 - nameCount } ?? Limits.listPageNames
        return .list(
            prefix: prefix, after: after.isEmpty ? nil : after,
            limit: min(missing, Limits.listPageNames)
        ) { page in
            var next = self
            next.pages.append(page.names)
            next.nameCount += page.names.count
            if next.nameCount > Limits.maxListedNames {
                throw PluginError(
                    .invalidRequest,
                    "more names than one answer can hold (\(Limits.maxListedNames)): list them in "
                        + "parts with \"limit\" and \"after\"")
            }
            guard page.more, let last = page.names.last, next.nameCount < next.wanted ?? .max
            else { return try then(Array(next.pages.joined())) }
            next.after = last
            return next.outcome(then: then)
        }
    }

    /// No names are a 404.
    static func answer(_ names: [String]) -> Answer {
        if names.isEmpty { return .none }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("keys", names)
        writer.endObject()
        return .json(writer.bytes)
    }
}
