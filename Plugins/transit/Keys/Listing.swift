// LIST: the names of keys, in byte order. Storage hands them out in pages, which are put together
// up to a stated limit.

import JSON
import PluginSDK

struct Listing: Sendable {
    let prefix: String
    /// How many names the client wants; nil is all of them.
    private let wanted: Int?
    private var after: String
    /// Pages, and not one array: each step copies what it has, and copying pages is cheap.
    private var pages: [[String]] = []
    private var nameCount = 0

    init(prefix: String, after: String, limit: Int?) {
        self.prefix = prefix
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
            next.pages.append(page.names)
            next.nameCount += page.names.count
            if next.nameCount > Limits.maxListedNames {
                throw PluginError(
                    .invalidRequest,
                    "more keys than one answer can hold (\(Limits.maxListedNames)): list them in "
                        + "parts with \"limit\" and \"after\"")
            }
            guard page.more, let last = page.names.last, next.nameCount < next.wanted ?? .max
            else { return .answer(next.answer) }
            next.after = last
            return next.outcome()
        }
    }

    /// No keys are a 404.
    private var answer: Answer {
        if nameCount == 0 { return .none }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("keys", Array(pages.joined()))
        writer.endObject()
        return .json(writer.bytes)
    }
}
