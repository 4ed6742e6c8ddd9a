// Service tokens and batch tokens, and who decides which of them is made.

enum TokenKind: String, Sendable, Equatable {
    /// Stored, renewable, revocable, with an accessor.
    case service
    /// Its own record, encrypted: not stored, valid until it expires or its parent ends.
    case batch
}

/// What a role or a mount says about the kind of its tokens.
enum TokenKindRule: String, Sendable, Equatable {
    /// Always this kind, whatever is asked for.
    case service
    case batch
    /// This kind if nothing else is asked for.
    case defaultService = "default-service"
    case defaultBatch = "default-batch"

    /// The kind that is made when `asked` was asked for; `nil` stands for no wish.
    func kind(asked: TokenKind?) -> TokenKind {
        switch self {
        case .service: .service
        case .batch: .batch
        case .defaultService: asked ?? .service
        case .defaultBatch: asked ?? .batch
        }
    }
}
