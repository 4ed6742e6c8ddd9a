// `items/:name`: one value.
//
// A path is a value: from it come routing, validation, help and what the core is told. A handler is a
// function from a request to an outcome; it waits for nothing and keeps nothing.

import JSON
import Paths
import PluginSDK

let itemPath = Path(
    "items/:name",
    [.read: readItem, .update: writeItem, .delete: deleteItem],
    fields: [
        .string("name", "Name of the item."),
        .string("value", "For writes: what to keep."),
    ],
    // The core may send this entry along with the request, which saves a round trip.
    reads: ["items/{name}"],
    // A write is an "update" in policies if this entry is there, else a "create".
    existence: "items/{name}",
    help: "Keep, read and delete a value.")

// A final `/?` also matches without the slash.
let itemListPath = Path(
    "items/?", .list, help: "List the items."
) { _ in listItems(after: nil, found: []) }

private func key(_ request: Request) -> String { "items/" + (request.captures["name"] ?? "") }

private let readItem: Handler = { request in
    let key = key(request)
    return .read([key]) { entries in
        // `.none` answers 404 for a read.
        guard let stored = entries[key] else { return .answer(.none) }
        return .answer(.data(["value": .string(String(decoding: stored, as: UTF8.self))]))
    }
}

private let writeItem: Handler = { request in
    guard let value = try request.fields().string("value") else {
        // Shown to the client.
        throw PluginError(.invalidRequest, "missing value")
    }
    var batch = WriteBatch()
    batch.put(key(request), Array(value.utf8))
    return .answer(.none, writing: batch)
}

private let deleteItem: Handler = { request in
    var batch = WriteBatch()
    batch.delete(key(request))
    return .answer(.none, writing: batch)
}

private func listItems(after: String?, found: [String]) -> Outcome {
    .list(prefix: "items/", after: after, limit: 1_000) { page in
        let names = found + page.names
        if page.more { return listItems(after: page.names.last, found: names) }
        return .answer(names.isEmpty ? .none : .data(["keys": .strings(names)]))
    }
}
