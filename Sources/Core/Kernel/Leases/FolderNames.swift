// The names in a folder of storage, one after the other.

internal import Barrier

/// Reads a page when it is needed, so entries may be removed meanwhile.
struct FolderNames {
    private static let pageEntries = 64

    private let folder: String
    private let barrier: Barrier
    private var page: ArraySlice<String> = []
    private var last = ""
    private var isLastPage = false

    init(_ folder: String, _ barrier: Barrier) {
        self.folder = folder
        self.barrier = barrier
    }

    mutating func next() throws(BackendFailure) -> String? {
        if page.isEmpty, !isLastPage {
            let names = try barrier.names(folder, after: last, limit: Self.pageEntries)
            isLastPage = names.count < Self.pageEntries
            last = names.last ?? last
            page = names[...]
        }
        return page.popFirst()
    }
}
