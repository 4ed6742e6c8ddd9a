// `coffer operator rotate`: a new barrier key.

extension Command {
    static let operatorRotate = Command(
        "operator rotate", "Rotates the underlying encryption key", usage: "[options]",
        about: """
            Installs a new encryption key. Everything is written under the new key from then on; \
            what older keys encrypted stays readable. The server goes on serving meanwhile. It \
            needs a token with sudo on sys/rotate. The unseal keys do not change: for those see \
            "coffer operator rekey".
            """,
        examples: [Example("Rotate the encryption key:", "coffer operator rotate")],
        takes: .none
    ) { call in
        let client = try call.client()
        _ = try await call.during("Error rotating key") {
            try await client.send(.put("sys/rotate"))
        }
        call.output.success("Success! Rotated key\n")
        try await call.showKeyStatus(of: client.unseen)
        return .success
    }
}
