// Work side by side, a bounded amount at a time: whenever one piece ends, the next one begins.

/// Works on what `next` gives, on at most `width` items at once, until it gives none. All that was
/// begun has ended when this returns, also when `next` throws.
func inSlidingWindow<Item: Sendable, Output: Sendable>(
    of width: Int, next: () async throws(BackendFailure) -> Item?,
    work: @escaping @Sendable (Item) async -> Output, ended: (Output) -> Void
) async throws(BackendFailure) {
    let failure = await withTaskGroup(of: Output.self) { group -> BackendFailure? in
        var underWay = 0
        var failure: BackendFailure?
        do throws(BackendFailure) {
            while let item = try await next() {
                if underWay == width, let output = await group.next() {
                    ended(output)
                    underWay -= 1
                }
                group.addTask { await work(item) }
                underWay += 1
            }
        } catch { failure = error }
        for await output in group { ended(output) }
        return failure
    }
    if let failure { throw failure }
}
