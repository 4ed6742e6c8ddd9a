// The version that `coffer version` prints and that the client names to the server.

public enum Version {
    public static let number = "0.1.0"
}
